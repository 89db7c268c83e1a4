// Officers at the registry: search with a purpose, one record with its history, its correction by two officers, contradictions,
// requests to repair, export. Parts of staff.mjs. Next: officer.mjs.

import { must } from "./ledger.mjs";

const PURPOSE = "№ 7 өтініш бойынша тексеру";
// The narrow window is for the pages that hold most.
const NARROW = ["staff-records-found", "staff-record-history"];

async function look(officer, name) {
  const { visit } = officer;
  if (visit.width > 600 || NARROW.includes(name)) await visit.look(name);
}

// Two officers of one department, and a record of it by the number of its act.
export async function recordDesk(step, first, second, { person, act }) {
  const { visit, page } = first;
  let address;
  await step("a search without a purpose shows nothing", async () => {
    await first.open("/records");
    await look(first, "staff-records");
    visit.expectStatus(422);
    await first.search({ iin: person.iin });
    await page.locator(".govuk-error-summary").waitFor();
    must(await page.locator("#found").count() === 0, "something is found");
    await look(first, "staff-records-no-purpose");
  });
  await step("with one a person is found; another department's records are told whose they are", async () => {
    await first.search({ iin: person.iin, purpose: PURPOSE });
    await page.locator("#found").waitFor();
    must(await first.corrections().count() > 0, "nothing of the department's own");
    await look(first, "staff-records-found");
    await first.search({ act, purpose: PURPOSE });
    await page.locator("#found").waitFor();
    must(await first.corrections().count() === 1, `${await first.corrections().count()} records of one act`);
    must(!page.url().includes(person.iin), page.url());
  });
  await step("the record has its history, and what was known on a day", async () => {
    await page.locator("main .requests__item form:not([action$='/correction']) button").click();
    await page.locator("#known_on").waitFor();
    address = new URL(page.url()).pathname;
    await look(first, "staff-record-history");
    await page.locator("#known_on").fill("2000-01-01");
    await page.locator("main form:has(#known_on) button").click();
    await page.locator("time[datetime='2000-01-01']").waitFor();
  });
  await step("the record is ended by the form, with a reason", () => propose(first, person));
  const shown = new URL(page.url()).pathname;
  await step("the second officer confirms", async () => {
    await second.open("");
    await second.page.locator(`main a[href="${shown}"]`).click();
    await second.press("take-in");
    must(await second.page.locator(".counts").count() === 0, "it is open still");
  });
  await step("the history shows the second version, by whom and why", async () => {
    await first.visit.page.goto(`${visit.demo.portal}${address}`);
    must(await page.getByText(person.iin).count() === 0, "it is shown without a purpose");
    await look(first, "staff-record-purpose");
    await page.locator("#purpose").fill(PURPOSE);
    await page.locator("main form button[type=submit]").click();
    await page.locator("ol.requests li").first().waitFor();
    must(await page.locator("ol.requests li").count() === 2, "not two versions");
    must((await page.locator("ol.requests li").first().innerText()).includes("№ 42 бұйрық"), "no reason");
    await look(first, "staff-record-versions");
  });
}

async function propose(officer, person) {
  const { page, visit } = officer;
  await officer.corrections().click();
  await page.locator("#end_date").waitFor();
  must(!page.url().includes(person.iin), page.url());
  must(await page.locator("[name=guardian_iin]").count() === 0, "who it is about can be changed");
  await look(officer, "staff-record-correction");
  await page.locator("#end_date").fill("02.11.2026");
  visit.expectStatus(422);
  await page.locator("main form button[type=submit]").click();
  await page.locator(".govuk-error-summary").waitFor();
  await look(officer, "staff-record-faults");
  await page.locator("#end_reason").fill("кәмелетке толды");
  await page.locator("#reason").fill("№ 42 бұйрық");
  await page.locator("main form button[type=submit]").click();
  await page.locator(".counts").waitFor();
  must(`${await officer.counts()}` === "0,0,1,0", `${await officer.counts()}`);
  await look(officer, "staff-record-preview");
  await officer.press("ask");
}

// What else stands at the desk, with a request to repair that waits.
export async function deskPages(step, officer) {
  const { page } = officer;
  await step("contradictions and requests to repair", async () => {
    await officer.open("/conflicts");
    must(await page.locator("main .requests__item").count() > 0, "no contradictions");
    await look(officer, "staff-conflicts");
    await officer.open("/repairs");
    must(await page.locator("main .requests__item").count() === 1, "not one request");
    await look(officer, "staff-repairs");
  });
  await step("the department's records come as a file", async () => {
    await officer.open("/export");
    await look(officer, "staff-export");
    await page.locator("#purpose").fill("жылдық есеп");
    const download = page.waitForEvent("download");
    await page.locator("button[value=csv]").click();
    const name = (await download).suggestedFilename();
    must(/^records-\d{9}-\d{4}-\d\d-\d\d\.csv$/.test(name), name);
  });
}

// A person who is refused for want of a record asks for its repair.
export async function askForRepair(step, citizen, person) {
  await step("somebody without a record is refused and asks for its repair", async () => {
    await citizen.signInAndGoTo(person.slug, "/request");
    await citizen.answer();
    await citizen.sendForm();
    await citizen.arriveAt(/\/sign\/[^/]+$/);
    await citizen.confirmInWindow(person.slug);
    await citizen.awaitAnswer();
    await citizen.page.locator("form[action$='/repair'] button").click();
    await citizen.page.waitForURL((url) => url.hash === "#repair");
    must(await citizen.page.locator("form[action$='/repair']").count() === 0, "it can be asked twice");
  });
}

export async function answerRepair(step, officer) {
  const { page } = officer;
  await step("the start page counts the request; its person is searched and answered", async () => {
    await officer.open("");
    // Each line of work has its count before the address where it is done.
    const counted = page.locator(".counts__item:has(a[href$='/staff/repairs']) strong");
    must(await counted.innerText() === "1", "the request is not counted");
    await officer.open("/repairs");
    await page.locator("form[action*='/records#'] button").click();
    await page.locator("#found").waitFor();
    await officer.open("/repairs");
    await page.locator("textarea").fill("Мұндай бұйрық табылмады");
    await page.locator("button[value=no_act_found]").click();
    await page.getByText("Мұндай бұйрық табылмады").waitFor();
    await look(officer, "staff-repair-answered");
    await officer.open("");
    must(await counted.innerText() === "0", "it is counted still");
  });
}
