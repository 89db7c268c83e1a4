// What is seen of outages, the passed term, technical breaks and consent by telephone: what takes long or a person elsewhere, on the
// portal's preview, whose clock and data bank obey lines on its standard input. Every page is judged as in journey.mjs.
//
//   ANYQTAMA_PREVIEW       the example `preview` of the portal (default target/debug/examples/preview)
//   ANYQTAMA_SCREENSHOTS   where the pictures go (default target/screenshots)
//
// Next: browser.mjs.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Visit, launch } from "./browser.mjs";
import { Ledger, must } from "./ledger.mjs";

const inTarget = (path) => fileURLToPath(new URL(`../../target/${path}`, import.meta.url));
const binary = process.env.ANYQTAMA_PREVIEW ?? inTarget("debug/examples/preview");
const screenshots = process.env.ANYQTAMA_SCREENSHOTS ?? inTarget("screenshots");
const LANGUAGES = ["kk", "ru", "en"];
const WIDTHS = [360, 1280];

// A preview of its own for each story, because its clock only stands where it was put.
class Preview {
  static async start() {
    const child = spawn(binary, ["127.0.0.1:0"], { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { value } = await lines.next();
    const [, portal, iin] = /^(http:\S+)\/ .*: (\d{12})$/.exec(value);
    return Object.assign(new Preview(), { child, lines, portal, signer: portal, iin });
  }

  async change(...changes) {
    for (const line of changes) {
      this.child.stdin.write(`${line}\n`);
      must((await this.lines.next()).value === "done", `the preview does not know ${line}`);
    }
  }

  async stop() {
    const ended = new Promise((resolve) => this.child.once("close", resolve));
    this.child.kill("SIGTERM");
    await ended;
  }
}

// Signs what the page shows, in the preview's readable manner, and sends it.
async function sign(visit, iin) {
  const { page } = visit;
  const address = await page.locator("a[download][href^='data:']").getAttribute("href");
  const content = address.split(";base64,")[1];
  const signature = Buffer.from(JSON.stringify({ iin, content, invalid: null })).toString("base64");
  const byHand = page.locator("#choose-by-hand");
  if (await byHand.count() > 0) await byHand.check();
  await page.locator("textarea[name=signature]").fill(signature);
  await page.locator("form:has(textarea[name=signature]) button[type=submit]").click();
}

async function signIn(visit, place) {
  await visit.page.goto(`${visit.demo.portal}/${visit.language}/sign-in?next=${place}`);
  await sign(visit, visit.demo.iin);
  await visit.page.waitForURL((url) => url.pathname.endsWith(place));
}

async function prepare(visit) {
  const { page } = visit;
  await page.goto(`${visit.demo.portal}/${visit.language}/request`);
  for (const name of ["restricted", "secret"]) await page.locator(`input[name=${name}][value=give]`).check();
  await page.locator("#request-form button[type=submit]:not([name]):not([tabindex])").click();
  await page.waitForURL(/\/sign\/[^/]+$/);
}

async function delay(step, visit) {
  const { page, demo } = visit;
  await step("a source that does not answer", async () => {
    await demo.change("bank down");
    await signIn(visit, "/request");
    await prepare(visit);
    await sign(visit, demo.iin);
    await page.waitForURL(/\/requests\/[^/]+$/);
    await page.locator("[data-status] time").waitFor();
    await visit.look("waiting");
  });
  const request = new URL(page.url()).pathname;
  await step("past the term", async () => {
    await demo.change("clock 1799");
    await page.reload();
    await demo.change("clock 1801", "alarms");
    await signIn(visit, "/cabinet");
    await visit.look("overdue-cabinet");
    await page.goto(demo.portal + request);
    must(await page.locator(".govuk-warning-text").count() === 1, "the delay is not told");
    await visit.look("overdue");
  });
  await step("the answer brings history and messages along without a reload", async () => {
    const before = await page.locator("[data-progress] tbody tr").count();
    await demo.change("bank up", "clock 1900");
    await page.evaluate(() => { window.isSamePage = true; });
    await page.locator("a[href*='/results/']").first().waitFor({ timeout: 45_000 });
    must(await page.evaluate(() => window.isSamePage), "the page was loaded again");
    must(await page.locator("[data-progress] tbody tr").count() > before, "the history stayed as it was");
    must(await page.locator("[data-progress] ul li").count() === 2, "the messages stayed as they were");
    await visit.look("answered-late");
  });
  await step("messages", async () => {
    await page.goto(`${demo.portal}/${visit.language}/messages`);
    must(await page.locator(".requests__item").count() === 2, "there are not two messages");
    await visit.look("messages");
  });
}

async function technicalBreak(step, visit) {
  const { page, demo } = visit;
  await step("announced", async () => {
    await demo.change("break 1900 5400", "clock 1000");
    await page.goto(`${demo.portal}/${visit.language}`);
    must(await page.locator("aside.breaks").count() === 1, "the break is not announced");
    await visit.look("break-announced");
  });
  await step("a request is prepared while it runs, and not signed", async () => {
    await demo.change("clock 2000");
    await signIn(visit, "/request");
    await visit.look("break-form");
    await prepare(visit);
    must(await page.locator("#sign-form").count() === 0, "one signs in vain");
    await visit.look("break-sign");
  });
  await step("it ends", async () => {
    await demo.change("clock 5400");
    await page.goto(`${demo.portal}/${visit.language}/check`);
    must(await page.locator("aside.breaks").count() === 0, "the break is still told of");
  });
}

// Asked by 1414 before the request is registered; then everything the cabinet has of consents.
async function consent(step, visit) {
  const { page, demo } = visit;
  const place = (end) => `${demo.portal}/${visit.language}${end}`;
  const send = (form) => page.locator(`${form} button[type=submit]`).last();
  await step("asked by 1414", async () => {
    await demo.change("consent waits");
    await signIn(visit, "/request");
    for (const name of ["restricted", "secret"]) await page.locator(`input[name=${name}][value=give]`).check();
    await page.locator("#request-form button[type=submit]:not([name]):not([tabindex])").click();
    await page.waitForURL(/\/asking\/[^/]+$/);
    await visit.look("consent-not-asked");
    await send("main form").click();
    await page.locator("[data-status]").waitFor();
    await visit.look("consent-asked");
  });
  await step("the answer comes without a reload, and the way goes on", async () => {
    await demo.change("consent refuses", "clock 6");
    await page.locator("[data-status][data-state=asked] h2").waitFor();
    await page.waitForFunction(() => !document.querySelector("[data-status] time"), null, { timeout: 45_000 });
    await page.reload();
    must(await page.locator("form[action$='/insist']").count() === 1, "one cannot insist");
    await visit.look("consent-refused");
    await demo.change("consent gives");
    await send("main form[action*='/asking/']:not([action$='/insist'])").click();
    await page.waitForURL(/\/sign\/[^/]+$/);
    await sign(visit, demo.iin);
    await page.waitForURL(/\/requests\/[^/]+$/);
    await page.locator("a[href*='/results/']").first().waitFor({ timeout: 45_000 });
  });
  const request = new URL(page.url()).pathname;
  await step("consents, receipt, withdrawal", async () => {
    await page.goto(place("/cabinet/consents"));
    await visit.look("consents");
    await page.locator(`a[href='${request}/consent']`).click();
    await visit.look("consent");
    const [receipt] = await Promise.all([
      page.waitForEvent("download"),
      page.locator("a[href$='/consent/receipt']").click(),
    ]);
    must(receipt.suggestedFilename().startsWith("consent-S-"), "the receipt has another name");
    await page.locator("a[href$='/consent/withdrawal']").click();
    await visit.look("consent-withdrawal");
    await page.locator(".govuk-button--warning").click();
    await page.locator(".govuk-inset-text").waitFor();
    await visit.look("consent-withdrawn");
  });
  await step("who read my data", async () => {
    await page.goto(place("/cabinet/access"));
    must(await page.locator(".requests__item").count() >= 4, "not everything is told");
    await visit.look("access");
  });
}

const ledger = new Ledger();
const browser = await launch();
try {
  for (const language of LANGUAGES) {
    for (const width of WIDTHS) {
      for (const [name, tell] of [["delay", delay], ["technical break", technicalBreak], ["consent", consent]]) {
        await ledger.story(`${name}, ${language} ${width}`, async (step) => {
          const demo = await Preview.start();
          const visit = await Visit.open(browser, { demo, language, width, screenshots });
          try {
            await tell(step, visit);
            const faults = visit.takeFaults();
            must(faults.length === 0, faults.join("\n"));
          } finally {
            await visit.close();
            await demo.stop();
          }
        });
      }
    }
  }
} finally {
  await browser.close();
}
process.exitCode = ledger.close();
