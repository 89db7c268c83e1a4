// Officers of departments in Debian's Chromium: a file with faults, a good one, a second person's confirmation, the registry;
// in three languages. Environment as of journey.mjs. Next: records.mjs, officer.mjs.

import { fileURLToPath } from "node:url";
import { Visit, launch } from "./browser.mjs";
import { Demo } from "./demo.mjs";
import { Ledger, must } from "./ledger.mjs";
import { OfficerAtDesk, csv, newcomer, placement } from "./officer.mjs";
import { answerRepair, askForRepair, deskPages, recordDesk } from "./records.mjs";
import { Signer } from "./signer.mjs";
import { visiting } from "./stories.mjs";

const inTarget = (path) => fileURLToPath(new URL(`../../target/${path}`, import.meta.url));
const binary = process.env.ANYQTAMA_BINARY ?? inTarget("release/anyqtama");
const screenshots = process.env.ANYQTAMA_SCREENSHOTS ?? inTarget("screenshots");
const folder = process.env.ANYQTAMA_BROWSER_DATA ?? inTarget("browser-demo");

const LONG_FILE_ROWS = 20_000;
const FIRST = "officer_astana";
const SECOND = "officer_astana_second";
const ELSEWHERE = "officer_almaty";

const ledger = new Ledger();
const demo = await Demo.start({ binary, folder });
const browser = await launch();
try {
  const people = await demo.people();
  const world = { demo, browser, screenshots, people };
  await ledger.story("a refused person", visiting(world, { language: "ru", width: 1280 }, "not_in_bank", askForRepair));
  for (const [place, [language, width]] of [["kk", 1280], ["ru", 1280], ["en", 1280], ["kk", 360]].entries()) {
    const person = newcomer(place);
    await ledger.story(`whole way, ${language} ${width}`, at({ language, width }, (step, desks) => wholeWay(step, desks, person)));
  }
  await ledger.story("a long file", at({ language: "ru", width: 1280 }, (step, desks) => longFile(step, desks, newcomer(4))));
  await ledger.story("requests to repair", at({ language: "kk", width: 1280 }, async (step, desk) => answerRepair(step, await desk(FIRST))));
  await ledger.story("without script", at({ language: "en", width: 1280, script: false }, (step, desks) => withoutScript(step, desks, newcomer(5))));
} finally {
  await browser.close();
  await demo.stop();
}
process.exitCode = ledger.close();

// A window for each officer the story asks for; each is closed at its end with what it noticed on the way.
function at(window, tell) {
  return async (step) => {
    const visits = [];
    const desk = async (slug, onTheWay = async () => {}) => {
      const visit = await Visit.open(browser, { demo, screenshots, ...window, script: true });
      visits.push(visit);
      const officer = new OfficerAtDesk(visit, await Signer.open(visit));
      await officer.open("");
      await onTheWay(visit);
      await officer.signIn(slug);
      if (window.script === false) await withoutScriptFrom(officer, window, visits);
      return officer;
    };
    try {
      await tell(step, desk);
      await step("no error on the console, no request to a stranger", () => {
        const faults = visits.flatMap((visit) => visit.takeFaults());
        must(faults.length === 0, faults.join("\n"));
      });
    } finally {
      for (const visit of visits) await visit.close();
    }
  };
}

// Signing needs the script; from then on the same session goes on in a browser that runs none.
async function withoutScriptFrom(officer, window, visits) {
  const bare = await Visit.open(browser, { demo, screenshots, ...window });
  visits.push(bare);
  await bare.context.addCookies(await officer.visit.context.cookies());
  Object.assign(officer, { visit: bare, page: bare.page });
}

async function wholeWay(step, desk, person) {
  let first, second, shown;
  const mark = (part) => `${first.visit.language}${first.visit.width}${part}`;
  await step("signing in", async () => {
    first = await desk(FIRST, (visit) => visit.look("staff-sign-in"));
    await first.visit.look("staff-start-empty");
  });
  await step("a file with faults is told cell by cell", async () => {
    await first.open("/upload");
    await first.visit.look("staff-upload");
    const bad = { ward_birth_act: "", form: "опекунство", start_date: "30.02.2020", guardian_address: "" };
    await first.upload(csv("қателер.csv", [placement(person, mark("x")), placement(person, mark("y"), bad)]));
    const faults = await first.page.locator(".faults tbody tr").count();
    must(faults >= 4, `${faults} faults`);
    await first.visit.look("staff-faults");
    await first.press("close");
  });
  const rows = ["a", "b", "c"].map((part) => placement(person, mark(part)));
  await step("new records are previewed and taken in", async () => {
    await first.upload(csv("тізілім.csv", rows));
    must(`${await first.counts()}` === "3,0,0,0", `${await first.counts()}`);
    await first.visit.look("staff-preview-new");
    await first.press("take-in");
    must(await first.page.locator(".counts").count() === 0, "it is open still");
    await first.visit.look("staff-taken-in");
  });
  await step("an end and a correction wait for a second person", async () => {
    const end = { end_date: "2026-11-02", end_reason: "баланың ата-анасына қайтарылуы" };
    const ward = { ward_surname: "Нұрпейіс", ward_patronymic: "Ерланқызы" };
    const again = [{ ...rows[0], ...end }, { ...rows[1], ...ward }, rows[2], placement(person, mark("d"))];
    await first.upload(csv("түзетулер.csv", again));
    must(`${await first.counts()}` === "1,1,1,1", `${await first.counts()}`);
    await first.visit.look("staff-preview");
    await first.page.locator("#reason").fill("2026 жылғы 2 қарашадағы № 41 бұйрық");
    await first.press("ask");
    must(await first.page.locator("form[action$='/take-in']").count() === 0, "he may confirm his own");
    await first.visit.look("staff-waiting");
    shown = new URL(first.page.url()).pathname;
  });
  await step("the second officer looks and confirms", async () => {
    second = await desk(SECOND);
    await second.visit.look("staff-start");
    await second.page.locator(`main a[href="${shown}"]`).click();
    await second.visit.look("staff-confirm");
    await second.press("take-in");
    must(await second.page.locator(".counts").count() === 0, "it is open still");
    await second.visit.look("staff-confirmed");
  });
  await step("an officer of another department finds no such page", async () => {
    const stranger = await desk(ELSEWHERE);
    stranger.visit.expectStatus(404);
    const answer = await stranger.page.goto(`${demo.portal}${shown}`);
    must(answer.status() === 404, `it answers ${answer.status()}`);
  });
  await recordDesk(step, first, second, { person, act: rows[2].act_number });
  await deskPages(step, first);
  await step("the form of a new record, and the list of proposals", async () => {
    await first.open("/record");
    await first.visit.look("staff-record");
    await first.open("/proposals");
    await first.visit.look("staff-proposals");
  });
}

async function longFile(step, desk, person) {
  const officer = await desk(FIRST);
  await step(`${LONG_FILE_ROWS} rows are read beside a bar, and shown a hundred a page`, async () => {
    const rows = Array.from({ length: LONG_FILE_ROWS }, (_, place) => placement(person, `long${place}`));
    await officer.open("/upload");
    await officer.page.locator("#file").setInputFiles(csv("ұзақ.csv", rows));
    await officer.page.locator("main form button[type=submit]").click();
    const bar = officer.page.locator("progress");
    await bar.or(officer.page.locator(".counts")).first().waitFor({ timeout: 60_000 });
    if (await bar.count() > 0) await officer.visit.look("staff-reading");
    await officer.page.locator(".counts").waitFor({ timeout: 60_000 });
    must(`${await officer.counts()}` === `${LONG_FILE_ROWS},0,0,0`, `${await officer.counts()}`);
    must(await officer.page.locator(".changes tbody tr").count() === 100, "not a hundred rows");
    await officer.page.locator("a[rel=next]").click();
    const line = await officer.page.locator(".changes tbody tr td").first().innerText();
    must(line.includes("102"), `the second page begins with ${line}`);
    await officer.press("close");
  });
}

async function withoutScript(step, desk, person) {
  const officer = await desk(FIRST);
  await step("a file goes the whole way", async () => {
    await officer.upload(csv("registry.csv", [placement(person, "bare")]));
    await officer.press("take-in");
    must(await officer.page.locator(".counts").count() === 0, "it is open still");
  });
}
