// Signing by telephone: in each language by the code on a desktop page and by the link on a telephone's own page, and
// the ways that go otherwise. Next: telephone.mjs, citizen.mjs.

import { execFile } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { must } from "./ledger.mjs";
import { visiting } from "./stories.mjs";
import { Telephone } from "./telephone.mjs";

const LANGUAGES = ["kk", "ru", "en"];
const PEOPLE = { kk: "three_wards", ru: "spouse_husband", en: "ward_just_turned_14" };
const SECTION = "#way-egov-mobile";

// Name and story, in the order of telling.
export function phoneStories(world) {
  const told = [];
  for (const language of LANGUAGES) {
    const slug = PEOPLE[language];
    told.push([`by the code, ${language}`, visiting(world, { language, width: 1280 }, slug, byCode)]);
    told.push([`by the link, ${language}`, visiting(world, { language, width: 360 }, slug, byLink)]);
  }
  const desk = { language: "ru", width: 1280 };
  return told.concat([
    ["by the code without script", visiting(world, { ...desk, script: false }, "one_ward", withoutScript)],
    ["a telephone that goes wrong", visiting(world, desk, "three_wards", goingWrong)],
    ["a telephone with a revoked key", visiting(world, desk, "revoked_key", revoked)],
    ["a line that breaks meanwhile", visiting(world, desk, "three_wards", brokenLine)],
  ]);
}

// What a camera reads off the screen.
async function scanned(page) {
  const picture = join(await mkdtemp(join(tmpdir(), "anyqtama-")), "code.png");
  await page.locator("svg.qr").screenshot({ path: picture });
  const { stdout } = await promisify(execFile)("zbarimg", ["--quiet", "--raw", picture]);
  const code = stdout.trim();
  must(code.startsWith("mobileSign:http"), `the camera reads ${code}`);
  return code;
}

async function showCode(page) {
  const choice = page.locator("#choose-egov-mobile");
  if (await choice.count() > 0) await choice.check();
  await page.locator(`${SECTION} [data-phone-begin]`).click();
  await page.locator("svg.qr").waitFor();
}

const deepLink = (page) => page.locator("[data-deep-link]").getAttribute("href");

async function byCode(step, citizen, person) {
  const { visit, page } = citizen;
  const telephone = await Telephone.open(visit);
  await step("one signs in, and the page goes on by itself", async () => {
    await citizen.open("/sign-in?next=/request");
    await showCode(page);
    await page.locator(`${SECTION} [data-live]:not(:empty)`).waitFor();
    await visit.look("phone-sign-in");
    await telephone.scan(await scanned(page), person.slug);
    await visit.look("phone-telephone", telephone.page);
    must(await telephone.sign(), "the telephone says that it did not sign");
    await citizen.arriveAt(/\/request$/);
  });
  await step("one signs a request, and the page goes on by itself", async () => {
    await citizen.answer();
    await citizen.sendForm();
    await citizen.arriveAt(/\/sign\/[^/]+$/);
    await showCode(page);
    await visit.look("phone-sign");
    await telephone.scan(await scanned(page), person.slug);
    must(await telephone.sign("sends_twice"), "the telephone says that it did not sign");
    await citizen.awaitAnswer();
    must(await page.locator("main .lead-box").count() > 0, "there is no certificate");
  });
}

async function byLink(step, citizen, person) {
  const { visit, page } = citizen;
  const telephone = await Telephone.open(visit);
  await step("one signs in by the link of the page", async () => {
    await citizen.open("/sign-in?next=/request");
    await showCode(page);
    await visit.look("phone-link");
    must(await page.locator("[data-deep-link]").isVisible(), "the link is not seen");
    await telephone.follow(await deepLink(page), person.slug);
    must(await telephone.sign(), "the telephone says that it did not sign");
    await citizen.arriveAt(/\/request$/);
  });
  await step("one signs a request by the link of the page", async () => {
    await citizen.answer();
    await citizen.sendForm();
    await citizen.arriveAt(/\/sign\/[^/]+$/);
    await showCode(page);
    await telephone.follow(await deepLink(page), person.slug);
    must(await telephone.sign(), "the telephone says that it did not sign");
    await citizen.awaitAnswer();
  });
}

async function withoutScript(step, citizen, person) {
  const { visit, page } = citizen;
  const telephone = await Telephone.open(visit);
  const goOn = () => page.locator("form:has(input[name=phone]) button").click();
  await step("a button goes on, and says where nothing has come yet", async () => {
    await citizen.open("/sign-in?next=/request");
    await showCode(page);
    await goOn();
    await page.locator(".govuk-inset-text").waitFor();
    await visit.picture("phone-without-script");
    await telephone.scan(await scanned(page), person.slug);
    must(await telephone.sign(), "the telephone says that it did not sign");
    await goOn();
    await citizen.arriveAt(/\/request$/);
  });
  await step("so it is with a request", async () => {
    await citizen.answer();
    await citizen.sendForm();
    await citizen.arriveAt(/\/sign\/[^/]+$/);
    await showCode(page);
    await telephone.scan(await scanned(page), person.slug);
    must(await telephone.sign(), "the telephone says that it did not sign");
    await goOn();
    await citizen.awaitAnswer();
  });
}

async function goingWrong(step, citizen, person) {
  const { visit, page } = citizen;
  const telephone = await Telephone.open(visit);
  const live = page.locator(`${SECTION} [data-live]`);
  await citizen.open("/sign-in?next=/cabinet");
  await step("a cancelled signature leaves the page waiting", async () => {
    await showCode(page);
    await telephone.scan(await scanned(page), person.slug);
    await telephone.cancel();
    await page.waitForTimeout(2_000);
    must(await page.locator("svg.qr").isVisible(), "the code is gone");
    must(!/live--bad/.test(await live.getAttribute("class")), "the page complains");
  });
  await step("an altered text is refused on both screens", async () => {
    await telephone.scan(await scanned(page), person.slug);
    must(!await telephone.sign("alters_data"), "the telephone says that it signed");
    await page.locator(`${SECTION} .live--bad`).waitFor();
    await visit.look("phone-refused");
  });
  await step("a fresh code is another, and works", async () => {
    const before = await deepLink(page);
    await page.locator(`${SECTION} [data-phone-begin]`).click();
    await page.locator(`[data-deep-link]:not([href="${before}"])`).waitFor();
    const fresh = await scanned(page);
    await telephone.scan(fresh, person.slug);
    must(await telephone.sign(), "the telephone says that it did not sign");
    await citizen.arriveAt(/\/cabinet$/);
  });
}

async function revoked(step, citizen, person) {
  const { visit, page } = citizen;
  const telephone = await Telephone.open(visit);
  await step("does not sign in, and both screens say why", async () => {
    await citizen.open("/sign-in?next=/cabinet");
    await showCode(page);
    await telephone.scan(await scanned(page), person.slug);
    must(!await telephone.sign(), "the telephone says that it signed");
    await page.locator(`${SECTION} .live--bad`).waitFor();
    must((await telephone.page.locator("main").innerText()).length > 60, "the telephone says no reason");
    await visit.look("phone-revoked");
  });
}

async function brokenLine(step, citizen, person) {
  const { visit, page } = citizen;
  const telephone = await Telephone.open(visit);
  await step("is told, and nothing signed meanwhile is lost", async () => {
    await citizen.open("/sign-in?next=/cabinet");
    await showCode(page);
    const code = await scanned(page);
    await page.route("**/phone/*/state", (route) => route.abort());
    visit.expectError("ERR_FAILED");
    await page.locator(`${SECTION} .live--bad`).waitFor();
    await telephone.scan(code, person.slug);
    must(await telephone.sign(), "the telephone says that it did not sign");
    await page.unroute("**/phone/*/state");
    // The pauses between its questions have grown meanwhile.
    await page.waitForURL((url) => url.pathname.endsWith("/cabinet"), { timeout: 60_000 });
  });
}
