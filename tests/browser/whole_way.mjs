// The whole way of a refused person in one demo, in Debian's Chromium: refusal, review, the department repairs the record by
// XLSX, the person is told and asks again, certificate, a bank checks it, the guardianship ends in the data bank, and the check
// page says so within a minute. The citizen has a telephone and Kazakh; those who serve, and the bank, a desk and Russian.
// Environment as of journey.mjs. Next: citizen.mjs, officer.mjs, xlsx.mjs.

import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Visit, launch } from "./browser.mjs";
import { Citizen } from "./citizen.mjs";
import { Demo } from "./demo.mjs";
import { Ledger, must } from "./ledger.mjs";
import { OfficerAtDesk, placement } from "./officer.mjs";
import { Signer } from "./signer.mjs";
import { filledTemplate } from "./xlsx.mjs";

const inTarget = (path) => fileURLToPath(new URL(`../../target/${path}`, import.meta.url));
const binary = process.env.ANYQTAMA_BINARY ?? inTarget("release/anyqtama");
const screenshots = process.env.ANYQTAMA_SCREENSHOTS ?? inTarget("screenshots");
const folder = process.env.ANYQTAMA_BROWSER_DATA ?? inTarget("browser-demo");

const MINUTE_MS = 60_000;
const TELEPHONE = { language: "kk", width: 360 };
const DESK = { language: "ru", width: 1280 };

const REFUSED = "not_in_bank";
const REVIEWER = "reviewer_astana";
const OFFICER = "officer_astana";
const SECOND_OFFICER = "officer_astana_second";

// As the requirements word ground 9.1.
const GROUND = "қорғаншы немесе қамқоршы туралы мәліметтердің болмауы";
const WORDS = "Мені бала тәрбиесіне 2020 жылы тағайындаған, бұйрық қолымда.";
// How the portal titles both messages, and calls somebody of a department who looked.
const REPAIRED = "Жазбаңыз деректер банкіне енгізілді";
const ANSWERED = "Қайта қарауға немесе шағымға жауап дайын";
const LOOK = "Білім беру органының қызметкері";
const PURPOSE = "рассмотрение обращения о пересмотре";
const REASONS = "Бұйрық мұрағаттан табылды, жазбаңыз деректер банкіне енгізілді.";

const ledger = new Ledger();
const demo = await Demo.start({ binary, folder });
const browser = await launch();
try {
  const person = (await demo.people()).find(({ slug }) => slug === REFUSED);
  must(person?.expected.ground === "no_guardian_record", `${REFUSED} is not somebody without a record`);
  await ledger.story("whole way of a refused person", withWindows((step, open) => wholeWay(step, open, person)));
} finally {
  await browser.close();
  await demo.stop();
}
process.exitCode = ledger.close();

// Windows of several people side by side; each is closed at the end with what it noticed on the way.
function withWindows(tell) {
  return async (step) => {
    const visits = [];
    const open = async (window) => {
      const visit = await Visit.open(browser, { demo, screenshots, ...window });
      visits.push(visit);
      return visit;
    };
    try {
      await tell(step, open);
      await step("no error on the console, no request to a stranger", () => {
        const faults = visits.flatMap((visit) => visit.takeFaults());
        must(faults.length === 0, faults.join("\n"));
      });
    } finally {
      for (const visit of visits) await visit.close();
    }
  };
}

async function wholeWay(step, open, person) {
  const phone = await open(TELEPHONE);
  const citizen = new Citizen(phone, await Signer.open(phone));
  const desk = (slug) => signedIn(open, slug);
  const record = placement(person, "2020-57");
  const request = await refused(step, citizen, person);
  const review = await asksForReview(step, citizen, request);
  const reviewer = await step("the reviewer signs in", () => desk(REVIEWER));
  await readsCase(step, reviewer, review);
  const officer = await step("an officer of the department signs in", () => desk(OFFICER));
  await repairs(step, officer, record);
  await answers(step, reviewer, review);
  await isTold(step, citizen, { request, review });
  const certificate = await asksAgain(step, citizen, person);
  const clerk = new Citizen(await open(DESK), null);
  await bankChecks(step, clerk, certificate, person);
  const proposal = await proposesEnd(step, officer, record);
  const second = await step("a second officer signs in", () => desk(SECOND_OFFICER));
  const ended = await confirmsEnd(step, second, proposal);
  await bankSeesEnd(step, clerk, certificate, ended);
}

async function signedIn(open, slug) {
  const visit = await open(DESK);
  const officer = new OfficerAtDesk(visit, await Signer.open(visit));
  await officer.open("");
  await officer.signIn(slug);
  return officer;
}

// Looks again each second until it holds: nothing else here waits by the clock.
async function until(holds, words) {
  const deadline = Date.now() + MINUTE_MS;
  while (!await holds()) {
    must(Date.now() < deadline, words);
    await pause(1_000);
  }
}

async function signs(citizen, person) {
  await citizen.arriveAt(/\/sign\/[^/]+$/);
  await citizen.confirmInWindow(person.slug);
  return citizen.awaitAnswer();
}

// The one document of the request whose page is open.
async function documentOf(citizen, letter) {
  await citizen.page.locator("main .lead-box a:not([href$='/document'])").click();
  await citizen.arriveAt(/\/results\/[^/]+$/);
  const { path, name } = await citizen.download();
  must(name.startsWith(`${letter}-`), `the document is named ${name}`);
  await mustBePdf(path);
  return { path, number: name.replace(/\.pdf$/, "") };
}

async function mustBePdf(path) {
  must((await readFile(path)).subarray(0, 5).toString() === "%PDF-", "no PDF came");
}

async function refused(step, citizen, person) {
  const { visit, page } = citizen;
  const request = await step("somebody without a record asks and is refused", async () => {
    await citizen.signInAndGoTo(person.slug, "/request");
    await citizen.answer();
    await citizen.sendForm();
    return signs(citizen, person);
  });
  await step("the ground is that the data bank has no record; the refusal is a sealed document", async () => {
    await page.getByText(GROUND).waitFor();
    must(await page.locator("main .lead-box").count() === 1, "not one document");
    await visit.look("whole-way-01-request-refused");
    await documentOf(citizen, "B");
    await visit.look("whole-way-02-refusal");
  });
  return request;
}

async function asksForReview(step, citizen, request) {
  const { visit, page } = citizen;
  return step("from the refusal a human review is asked for with one click, and once", async () => {
    await page.locator("form[action$='/review'] summary").click();
    await page.locator("#review-words").fill(WORDS);
    await page.locator("form[action$='/review'] button[type=submit]").click();
    await citizen.arriveAt(/\/recourses\/Q-[^/]+$/);
    await visit.look("whole-way-03-review-asked");
    const review = new URL(page.url()).pathname.split("/").pop();
    await citizen.open(`/requests/${request}`);
    must(await page.locator("form[action$='/review']").count() === 0, "it can be asked for twice");
    must(await page.locator(`a[href$='/recourses/${review}']`).count() === 1, "the request does not lead to its review");
    return review;
  });
}

// The list names nobody; the case opens under a purpose.
async function opensCase(reviewer, review) {
  const { page } = reviewer;
  await page.locator("nav.menu a[href$='/staff/reviews']").click();
  await page.locator(`main a[href$='/staff/reviews/${review}']`).click();
  await page.locator("#purpose").fill(PURPOSE);
  await page.locator("main form button[type=submit]").click();
  await page.locator("#reasons").waitFor();
}

async function answersRepaired({ page }) {
  await page.locator("#reasons").fill(REASONS);
  await page.locator("button[name=outcome][value=record_repaired]").click();
}

async function readsCase(step, reviewer, review) {
  const { visit, page } = reviewer;
  await step("the reviewer's list names nobody, and a case does not open without a purpose", async () => {
    await page.locator("nav.menu a[href$='/staff/reviews']").click();
    await page.locator(`main a[href$='/staff/reviews/${review}']`).waitFor();
    must(!(await page.locator("main").innerText()).includes(WORDS), "the list tells what the person wrote");
    await visit.look("whole-way-04-reviews");
    visit.expectStatus(422);
    await page.locator(`main a[href$='/staff/reviews/${review}']`).click();
    await page.locator("main form button[type=submit]").click();
    await page.locator(".govuk-error-summary").waitFor();
    must(await page.locator("#reasons").count() === 0, "the case is open");
    await visit.look("whole-way-05-no-purpose");
  });
  await step("the case shows what the decision used", async () => {
    await opensCase(reviewer, review);
    const rows = await page.locator("main h2 + dl .govuk-summary-list__row").count();
    must(rows >= 6, `${rows} facts of the decision`);
    await page.getByText(WORDS).waitFor();
    await visit.look("whole-way-06-case");
  });
  await step("it cannot end as repaired while the record is missing", async () => {
    await answersRepaired(reviewer);
    await page.locator(".govuk-error-summary").waitFor();
    must(await page.locator("#reasons").inputValue() === REASONS, "what was typed is lost");
  });
}

async function repairs(step, officer, record) {
  const { visit, page } = officer;
  const file = await step("the template is taken from the upload page and filled in", async () => {
    await officer.open("/upload");
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("main a[download]").click()]);
    const template = await readFile(await download.path());
    return filledTemplate(template, "түзету.xlsx", [record]);
  });
  await step("the XLSX is read as one new record", async () => {
    await officer.upload(file);
    must(`${await officer.counts()}` === "1,0,0,0", `${await officer.counts()}`);
    await visit.look("whole-way-07-preview");
  });
  await step("a new record is taken in by one officer", async () => {
    await officer.press("take-in");
    must(await page.locator(".counts").count() === 0, "it is open still");
    await visit.look("whole-way-08-taken-in");
  });
}

async function answers(step, reviewer, review) {
  const { visit, page } = reviewer;
  await step("the reviewer sees that the request would be granted now, and answers that the record is repaired", async () => {
    await opensCase(reviewer, review);
    await visit.look("whole-way-09-repaired");
    await answersRepaired(reviewer);
    await page.waitForURL((url) => url.pathname.endsWith("/staff/reviews"));
    const item = page.locator("main .requests__item").filter({ has: page.locator(`a[href$='/${review}']`) });
    must(await item.locator(".govuk-tag--yellow").count() === 0, "it is open still");
    await visit.look("whole-way-10-answered");
  });
}

async function isTold(step, citizen, { request, review }) {
  const { visit, page } = citizen;
  await step("two messages come into the cabinet: the record is there, and the review is answered", async () => {
    const titled = (words) => page.locator("main .requests__item h3").filter({ hasText: words });
    await until(async () => {
      await citizen.open("/cabinet");
      return await titled(ANSWERED).count() === 1;
    }, "nothing is told of the answer to the review");
    must(await titled(REPAIRED).count() === 1, "nothing is told of the record, or twice");
    must(await page.locator("main a[href*='/request?again=']").count() === 1, "not one message leads to a new request");
    await visit.look("whole-way-11-told");
  });
  await step("the answer is a sealed document that the check page knows", async () => {
    await page.locator(`main a[href$='/requests/${request}']`).first().click();
    await page.locator(`main a[href$='/recourses/${review}']`).click();
    await page.getByText(REASONS).waitFor();
    await visit.look("whole-way-12-answer");
    const [download] = await Promise.all([
      page.waitForEvent("download"), page.locator("main a[href$='/answer']").click(),
    ]);
    must(download.suggestedFilename().startsWith("J-"), `the answer is named ${download.suggestedFilename()}`);
    const path = await download.path();
    await mustBePdf(path);
    await citizen.checkFile(path);
    await page.locator(".verdict--good").waitFor();
  });
  await step("the person sees that somebody of the department looked into his request", async () => {
    await citizen.open("/cabinet/access");
    const looks = page.locator("main .requests__item").filter({ hasText: LOOK });
    must(await looks.locator(`a[href$='/requests/${request}']`).count() >= 2, "the reviewer's looks are not told");
    await visit.look("whole-way-13-who-read");
  });
}

async function asksAgain(step, citizen, person) {
  const { visit, page } = citizen;
  await step("one click on the message asks again: filled in, with consents of its own to answer", async () => {
    await citizen.open("/cabinet");
    await page.locator("main a[href*='/request?again=']").click();
    await citizen.arriveAt(/\/request$/);
    must(await page.locator("input[name=wards][value=all]").isChecked(), "the form is not filled in");
    must(await page.locator("input[name=restricted]:checked").count() === 0, "a consent is answered beforehand");
    await visit.look("whole-way-14-again");
  });
  return step("signed anew, it is granted: a certificate", async () => {
    await citizen.answer();
    await citizen.sendForm();
    await signs(citizen, person);
    must(await page.locator("main .lead-box").count() === 1, "not one document");
    await visit.look("whole-way-15-granted");
    const certificate = await documentOf(citizen, "A");
    await visit.look("whole-way-16-certificate");
    const qr = await page.locator("main a[href*='/c/']").getAttribute("href");
    return { ...certificate, qr };
  });
}

// A bank's clerk without any session. The QR code opens in the document's language; he reads the page in his own.
async function byCode(clerk, { qr }) {
  const code = new URL(qr).pathname.replace(/^\/kk/, "");
  await clerk.open(code);
  return clerk.page.locator(".verdict");
}

async function bankChecks(step, clerk, certificate, person) {
  const { visit, page } = clerk;
  await step("a bank opens the address of the QR code: genuine, and it matches", async () => {
    const answer = await page.goto(certificate.qr);
    must(answer.ok(), `the code answers ${answer.status()}`);
    await page.locator(".verdict--good").waitFor();
    await clerk.switchTo("ru");
    await clerk.arriveAt(/^\/ru\/c\/[^/]+$/);
    await page.locator(".verdict--good").waitFor();
    await visit.look("whole-way-17-bank");
    must(!(await page.content()).includes(person.iin), "the page tells a stranger the IIN");
  });
  await step("so does the file, and so do number and IIN", async () => {
    await clerk.checkFile(certificate.path);
    await page.locator(".verdict--good").waitFor();
    await clerk.check(certificate.number, person.iin);
    await page.locator(".verdict--good").waitFor();
  });
}

async function proposesEnd(step, officer, record) {
  const { visit, page } = officer;
  return step("the officer proposes the end of the guardianship with a reason", async () => {
    await officer.open("/records");
    await officer.search({ act: record.act_number, purpose: "прекращение опеки" });
    await page.locator("#found").waitFor();
    await officer.corrections().click();
    await page.locator("#end_date").fill(todayInAstana());
    await page.locator("#end_reason").fill("баланың ата-анасына қайтарылуы");
    await page.locator("#reason").fill("Приказ № 77 о прекращении опеки");
    await page.locator("main form button[type=submit]").click();
    await page.locator(".counts").waitFor();
    must(`${await officer.counts()}` === "0,0,1,0", `${await officer.counts()}`);
    await officer.press("ask");
    must(await page.locator("form[action$='/take-in']").count() === 0, "he may confirm his own");
    await visit.look("whole-way-18-end-proposed");
    return new URL(page.url()).pathname;
  });
}

// The first day without the placement is today there, wherever this runs.
function todayInAstana() {
  return new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Almaty" }).format(new Date());
}

// Answers when it was confirmed.
async function confirmsEnd(step, second, proposal) {
  const { visit, page } = second;
  return step("a second officer looks at it and confirms", async () => {
    await page.locator(`main a[href="${proposal}"]`).click();
    await page.locator("form[action$='/take-in']").waitFor();
    await visit.look("whole-way-19-end-to-confirm");
    const confirmed = Date.now();
    await second.press("take-in");
    must(await page.locator(".counts").count() === 0, "it is open still");
    return confirmed;
  });
}

async function bankSeesEnd(step, clerk, certificate, ended) {
  const { visit, page } = clerk;
  await step("within a minute the check page says that it matches no longer", async () => {
    await until(async () => (await (await byCode(clerk, certificate)).getAttribute("class")).includes("verdict--bad"),
      "the check page calls it good still");
    const seconds = (Date.now() - ended) / 1_000;
    must(seconds <= 60, `it took ${seconds} s`);
    await visit.look("whole-way-20-no-longer");
  });
  await step("the file is genuine still, and matches no longer", async () => {
    await clerk.checkFile(certificate.path);
    await page.locator(".verdict--bad").waitFor();
    must(await page.locator(".verdict").getByText(certificate.number).count() === 1, "it is taken for no document of ours");
  });
}
