// Messages in Debian's Chromium: requests confirmed by a one-time password on the demo's telephone, signing in with a second
// step, and an e-mail address left for notices. Environment as of journey.mjs. Next: citizen.mjs; phone.mjs, which reads the
// telephone, and letters.mjs.

import { fileURLToPath } from "node:url";
import { Visit, launch } from "./browser.mjs";
import { Citizen } from "./citizen.mjs";
import { Demo } from "./demo.mjs";
import { Ledger, must } from "./ledger.mjs";
import { Letters } from "./letters.mjs";
import { Phone } from "./phone.mjs";
import { Signer } from "./signer.mjs";

const inTarget = (path) => fileURLToPath(new URL(`../../target/${path}`, import.meta.url));
const binary = process.env.ANYQTAMA_BINARY ?? inTarget("release/anyqtama");
const screenshots = process.env.ANYQTAMA_SCREENSHOTS ?? inTarget("screenshots");
const folder = process.env.ANYQTAMA_BROWSER_DATA ?? inTarget("browser-demo");

const PAUSE_MS = 61_000;
const PEOPLE = { kk: "one_ward", ru: "spouse_wife", en: "ward_just_turned_14" };

const ledger = new Ledger();
const browser = await launch();
try {
  await within([], async (demo) => {
    for (const [language, slug] of Object.entries(PEOPLE)) {
      await ledger.story(`a request confirmed by SMS, ${language} 360`, visiting(demo, language, slug, byPassword));
    }
    await ledger.story("another password", visiting(demo, "en", "three_wards", another, { script: false }));
    await ledger.story("notices by e-mail", visiting(demo, "kk", "spouse_husband", byEmail));
    await ledger.story("no number connected", visiting(demo, "ru", "not_in_bank", withoutNumber));
  });
  await within(["--second-step"], async (demo) => {
    for (const [language, slug] of Object.entries(PEOPLE)) {
      await ledger.story(`second step, ${language} 360`, visiting(demo, language, slug, secondStep));
    }
    await ledger.story("second step without a number", visiting(demo, "kk", "not_in_bank", noWayIn));
  });
} finally {
  await browser.close();
}
process.exitCode = ledger.close();

async function within(options, tell) {
  const demo = await Demo.start({ binary, folder, options });
  try {
    await tell(demo);
  } finally {
    await demo.stop();
  }
}

function visiting(demo, language, slug, tell, window = {}) {
  return async (step) => {
    const people = await demo.people();
    const place = people.findIndex((one) => one.slug === slug);
    const visit = await Visit.open(browser, { demo, language, width: 360, screenshots, ...window });
    try {
      const citizen = new Citizen(visit, window.script === false ? null : await Signer.open(visit));
      await tell(step, citizen, people[place], new Phone(visit, place));
      await step("no error on the console, no request to a stranger", () => {
        const faults = visit.takeFaults();
        must(faults.length === 0, faults.join("\n"));
      });
    } finally {
      await visit.close();
    }
  };
}

async function prepared(citizen, person) {
  await citizen.signInAndGoTo(person.slug, "/request");
  await citizen.answer();
  await citizen.sendForm();
  await citizen.arriveAt(/\/sign\/[^/]+$/);
  await citizen.choose("password");
}

async function send({ page }) {
  await Promise.all([page.waitForNavigation(), page.locator("#password-send").click()]);
}

async function type({ page }, password) {
  await page.locator("#password").fill(password);
  await page.locator("#password-form button[type=submit]").click();
}

async function byPassword(step, citizen, person, phone) {
  const { visit, page } = citizen;
  await step("a password is sent to the number shown by its end", async () => {
    await prepared(citizen, person);
    await visit.look("password-before");
    await send(citizen);
    await page.locator("#password").waitFor();
    const shown = await page.locator("#way-password strong.number").innerText();
    must(phone.number.endsWith(shown) && shown.length === 4, `the page shows ${shown}`);
    await visit.look("password-sent");
  });
  const password = await step("it is on the telephone", async () => {
    const password = await phone.password();
    if (visit.language === "kk") await visit.look("telephone", phone.page);
    return password;
  });
  await step("a wrong one is told in the summary and beside its field", async () => {
    visit.expectStatus(422);
    await type(citizen, password === "000000" ? "111111" : "000000");
    const link = page.locator(".govuk-error-summary a[href='#password']");
    await link.waitFor();
    await visit.look("password-wrong");
    await link.click();
    must(await page.locator("#password:focus").count() === 1, "the link of the summary leads to no field");
  });
  await step("the right one, pasted with a space, is answered", async () => {
    await type(citizen, ` ${password.slice(0, 3)} ${password.slice(3)}`);
    await citizen.awaitAnswer();
    await visit.look("password-request");
  });
  await step("the telephone says that the answer is there, and where", async () => {
    const [, number] = page.url().match(/\/requests\/(\S+)$/);
    must(await phone.notice(number), "no notice came");
  });
}

// A browser without script, to be sure that none is needed.
async function another(step, citizen, person, phone) {
  const { visit, page } = citizen;
  const { demo } = visit;
  await step("not within a minute", async () => {
    visit.expectStatus(429);
    await citizen.open("/sign-in?next=/request");
    await citizen.signByUpload(demo, person.slug, `${demo.folder}/sign-in-by-hand`);
    await citizen.arriveAt(/\/request$/);
    await citizen.answer();
    await citizen.sendForm();
    await citizen.arriveAt(/\/sign\/[^/]+$/);
    await send(citizen);
    await send(citizen);
    await page.locator("#password-send-error").waitFor();
    await visit.picture("password-too-soon");
    must(await phone.count() === 1, "a second message came");
  });
  await step("after it, and the first is still good", async () => {
    const first = await phone.password();
    await page.waitForTimeout(PAUSE_MS);
    await send(citizen);
    must(await phone.count() === 2, "no second message came");
    await type(citizen, first);
    await citizen.awaitAnswer();
  });
}

async function withoutNumber(step, citizen, person) {
  const { visit, page } = citizen;
  await step("is told with a way on, and signing is still possible", async () => {
    visit.expectStatus(422);
    await prepared(citizen, person);
    await send(citizen);
    await page.locator("#password-send-error").waitFor();
    await visit.look("password-no-number");
    await citizen.confirmInWindow(person.slug);
    await citizen.awaitAnswer();
  });
}

// The pages in one language on the way and in the others as it stands then.
async function byEmail(step, citizen, person) {
  const { visit, page } = citizen;
  const letters = new Letters(visit);
  const address = "guardian@example.kz";
  const leave = async (typed) => {
    await page.locator("#email").fill(typed);
    await page.locator("#email-form button[type=submit]").click();
  };
  const confirm = async (code) => {
    await page.locator("#code").fill(code);
    await page.locator("#email-confirm-form button[type=submit]").click();
  };
  await step("the cabinet leads to the page; what is no address is told beside the field", async () => {
    visit.expectStatus(422);
    await citizen.signInAndGoTo(person.slug, "/cabinet");
    await page.locator("main a[href$='/cabinet/email']").click();
    await page.locator("#email").waitFor();
    await visit.look("email-none");
    await leave("guardian@");
    await page.locator(".govuk-error-summary a[href='#email']").waitFor();
    await visit.look("email-wrong");
  });
  await step("a code comes by letter; a wrong one is told, the right one confirms", async () => {
    await leave(address);
    await page.locator("#code").waitFor();
    await visit.look("email-code");
    const code = await letters.code(address);
    await visit.look("letters", letters.page);
    await confirm(code === "000000" ? "111111" : "000000");
    await page.locator(".govuk-error-summary a[href='#code']").waitFor();
    await visit.look("email-code-wrong");
    await confirm(code);
    await page.locator("#email-remove-form").waitFor();
    must(await page.getByText(address).count() > 0, "the address is not shown");
  });
  for (const language of ["kk", "ru", "en"]) {
    await step(`the page with an address, ${language}`, async () => {
      visit.language = language;
      await citizen.open("/cabinet/email");
      await visit.look("email-confirmed");
    });
  }
  visit.language = "kk";
  await step("that the answer is there comes by letter, with nothing of what it says", async () => {
    await citizen.open("/request");
    await citizen.answer();
    await citizen.sendForm();
    await citizen.arriveAt(/\/sign\/[^/]+$/);
    await citizen.confirmInWindow(person.slug);
    const letter = await letters.about(address, await citizen.awaitAnswer());
    must(!letter.includes(person.iin), "the letter names the person");
  });
  await step("and the address is his to take back", async () => {
    await citizen.open("/cabinet/email");
    await page.locator("#email-remove-form button[type=submit]").click();
    await page.locator("#email-remove-form").waitFor({ state: "detached" });
  });
}

async function secondStep(step, citizen, person, phone) {
  const { visit, page } = citizen;
  await step("the signature alone opens nothing", async () => {
    await citizen.open("/sign-in?next=/request");
    await citizen.confirmInWindow(person.slug);
    await citizen.arriveAt(/\/sign-in\/password$/);
    await page.locator("#password").waitFor();
    await visit.look("second-step");
    await citizen.open("/cabinet");
    await citizen.arriveAt(/\/sign-in$/);
  });
  await step("the password does", async () => {
    await citizen.open("/sign-in/password?next=/request");
    await type(citizen, await phone.password());
    await citizen.arriveAt(/\/request$/);
  });
}

async function noWayIn(step, citizen, person) {
  const { visit, page } = citizen;
  await step("is told what to do and not let in", async () => {
    visit.expectStatus(422);
    await citizen.open("/sign-in?next=/cabinet");
    await citizen.confirmInWindow(person.slug);
    await page.locator("#password-send-error").waitFor();
    await visit.look("second-step-no-number");
    await citizen.open("/cabinet");
    await citizen.arriveAt(/\/sign-in$/);
  });
}
