// Every place in the menu of each role and what lies behind it, and the public pages, in Debian's Chromium and in three
// languages; words of the command line name the roles to walk, `public` the public pages, none means all. Environment as of
// journey.mjs. Next: console_depths.mjs, officer.mjs.

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Visit, launch } from "./browser.mjs";
import { DEPTHS, makeCases } from "./console_depths.mjs";
import { Demo } from "./demo.mjs";
import { Ledger, must } from "./ledger.mjs";
import { OfficerAtDesk } from "./officer.mjs";
import { Signer } from "./signer.mjs";

const inTarget = (path) => fileURLToPath(new URL(`../../target/${path}`, import.meta.url));
const binary = process.env.ANYQTAMA_BINARY ?? inTarget("release/anyqtama");
const screenshots = process.env.ANYQTAMA_SCREENSHOTS ?? inTarget("screenshots");
const folder = process.env.ANYQTAMA_BROWSER_DATA ?? inTarget("browser-demo");

const LANGUAGES = ["kk", "ru", "en"];
const PUBLIC = ["/providers", "/help", "/help/complaint", "/help/item-9", "/figures", "/automated-decision"];

// Whose pages are walked.
const named = process.argv.slice(2);
const isWalked = (whose) => named.length === 0 || named.includes(whose);

const ledger = new Ledger();
const demo = await Demo.start({ binary, folder });
const browser = await launch();
try {
  const staff = JSON.parse(await readFile(`${folder}/staff.json`, "utf8"));
  const cases = await makeCases(ledger, { demo, browser, screenshots, people: await demo.people() });
  for (const member of oneOfEachRole(staff).filter(({ roles: [role] }) => isWalked(role))) {
    await ledger.story(member.roles[0], (step) => walkMenu(step, member, cases));
  }
  for (const width of isWalked("public") ? [1280, 360] : []) await ledger.story(`public pages, ${width}`, (step) => walkPublic(step, width));
} finally {
  await browser.close();
  await demo.stop();
}
process.exitCode = ledger.close();

function oneOfEachRole(staff) {
  const seen = new Set();
  return staff.filter(({ roles: [role] }) => !seen.has(role) && seen.add(role));
}

// The same session goes through all three languages.
async function walkMenu(step, { slug, roles: [role] }, cases) {
  const visit = await Visit.open(browser, { demo, screenshots, language: "kk", width: 1280 });
  try {
    const desk = new OfficerAtDesk(visit, await Signer.open(visit));
    await step("signing in", async () => {
      await desk.open("");
      await desk.signIn(slug);
    });
    const places = await visit.page.locator("nav.menu a").evaluateAll((all) => all.map((one) => new URL(one.href).pathname));
    must(places.length > 1, `a menu of ${places.length}`);
    for (const language of LANGUAGES) {
      await step(`every place of the menu, ${language}`, async () => {
        visit.language = language;
        for (const place of places.map((one) => one.replace(/^\/kk/, ""))) {
          const answer = await visit.page.goto(`${demo.portal}/${language}${place}`);
          must(answer.ok(), `${place} answers ${answer.status()}`);
          await visit.look(`console-${role}${place.replaceAll("/", "-")}`);
        }
      });
    }
    must(DEPTHS[role], `nothing is looked at behind the menu of ${role}`);
    for (const language of LANGUAGES) {
      await step(`behind the menu, ${language}`, () => {
        visit.language = language;
        return DEPTHS[role](desk, cases);
      });
    }
    await quiet(step, visit);
  } finally {
    await visit.close();
  }
}

async function walkPublic(step, width) {
  const visit = await Visit.open(browser, { demo, screenshots, language: "kk", width });
  try {
    for (const language of LANGUAGES) {
      await step(language, async () => {
        visit.language = language;
        for (const place of PUBLIC) {
          const answer = await visit.page.goto(`${demo.portal}/${language}${place}`);
          must(answer.ok(), `${place} answers ${answer.status()}`);
          await visit.look(`public${place.replaceAll("/", "-")}`);
        }
        await helpSearch(visit);
        await lastMonth(visit);
      });
    }
    await quiet(step, visit);
  } finally {
    await visit.close();
  }
}

async function helpSearch(visit) {
  const { page } = visit;
  await page.goto(`${demo.portal}/${visit.language}/help`);
  await page.locator("#question").fill({ kk: "қанша тұрады", ru: "сколько это стоит", en: "how long is it valid" }[visit.language]);
  await page.locator("main form:has(#question) button[type=submit]").click();
  await page.locator("#found + ul a[href*='/help/']").first().waitFor();
  await visit.look("public-help-found");
}

// A demo of today has published no month yet.
async function lastMonth(visit) {
  const { page } = visit;
  await page.goto(`${demo.portal}/${visit.language}/figures`);
  const month = page.locator("main a[href*='/figures/2']").first();
  if (await month.count() === 0) return;
  await month.click();
  await page.waitForLoadState();
  await visit.look("public-figures-month");
}

async function quiet(step, visit) {
  await step("no error on the console, no request to a stranger", () => {
    const faults = visit.takeFaults();
    must(faults.length === 0, faults.join("\n"));
  });
}
