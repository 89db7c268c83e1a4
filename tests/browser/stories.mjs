// What happens: the whole way in each language and width, and the ways that go otherwise.
// Knows no selector beyond a few names of fields; those are citizen.mjs's. Next: citizen.mjs.

import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Visit, firstLoadBytes } from "./browser.mjs";
import { Citizen } from "./citizen.mjs";
import { must } from "./ledger.mjs";
import { ncalayerAbsent, ncalayerStates } from "./ncalayer_states.mjs";
import { Signer } from "./signer.mjs";

const FIRST_LOAD_BYTES_MAX = 60 * 1024;
const LANGUAGES = ["kk", "ru", "en"];
const WIDTHS = [360, 1280];

// Somebody for each combination, so that none waits for another's open request.
const WALKERS = {
  "kk 360": "one_ward", "kk 1280": "three_wards", "ru 360": "spouse_wife",
  "ru 1280": "spouse_husband", "en 360": "ward_just_turned_14", "en 1280": "one_ward",
};

// Name and story, in the order of telling.
export function stories(world) {
  const told = [];
  for (const language of LANGUAGES) {
    told.push([`first load in ${language}`, (step) => weight(step, world, language)]);
    for (const width of WIDTHS) {
      const place = `${language} ${width}`;
      told.push([`whole way, ${place}`, visiting(world, { language, width }, WALKERS[place], wholeWay)]);
    }
  }
  const phone = { language: "kk", width: 360 };
  const desk = { language: "ru", width: 1280 };
  const abroad = { language: "en", width: 1280 };
  return told.concat([
    ["no record in the data bank", visiting(world, desk, "not_in_bank", refusal({}, "no_guardian_record"))],
    ["consent refused", visiting(world, phone, "refuses_consent", refusal({ restricted: "refuse" }, "no_consent"))],
    ["cancelled at the signer", visiting(world, phone, "three_wards", cancelled)],
    ...LANGUAGES.map((language) => [
      `NCALayer fails, ${language}`, visiting(world, { language, width: 360 }, "three_wards", ncalayerStates),
    ]),
    ["NCALayer is absent", visiting(world, abroad, "three_wards", ncalayerAbsent)],
    ["a revoked key", visiting(world, desk, "revoked_key", revoked)],
    ["a wrong IIN", visiting(world, desk, "three_wards", wrongIin)],
    ["without script", visiting(world, { ...abroad, script: false }, "three_wards", withoutScript)],
    ["another language on the way", visiting(world, desk, "three_wards", otherLanguage)],
    ["a double click", visiting(world, { ...desk, script: false }, "ward_just_turned_14", doubleClick)],
    ["keyboard alone", visiting(world, abroad, "spouse_wife", keyboard)],
    ["somebody else's request", visiting(world, desk, "spouse_husband", foreignRequest)],
    ["the signer's window", visiting(world, phone, "one_ward", signersWindow)],
    ["pages that only tell", visiting(world, phone, "one_ward", tellingPages)],
    ["an announced technical break", (step) => announcedBreak(step, world)],
  ]);
}

// Opens a window for the story and ends it with what the window noticed on the way.
export function visiting(world, window, slug, tell) {
  return async (step) => {
    const person = world.people.find((one) => one.slug === slug);
    must(person, `the demo has no ${slug}`);
    const visit = await Visit.open(world.browser, { ...world, ...window });
    try {
      const citizen = new Citizen(visit, await Signer.open(visit));
      await tell(step, citizen, person, world);
      await step("no error on the console, no request to a stranger", () => {
        const faults = visit.takeFaults();
        must(faults.length === 0, faults.join("\n"));
      });
    } finally {
      await visit.close();
    }
  };
}

async function weight(step, { browser, demo }, language) {
  await step(`at most ${FIRST_LOAD_BYTES_MAX} bytes`, async () => {
    const bytes = await firstLoadBytes(browser, `${demo.portal}/${language}`);
    console.log(`      ${bytes} bytes over the network`);
    must(bytes > 0 && bytes <= FIRST_LOAD_BYTES_MAX, `the first load takes ${bytes} bytes`);
  });
}

async function wholeWay(step, citizen, person) {
  const { visit, page } = citizen;
  const certificates = person.expected.certificates;
  await step("start page", async () => {
    await citizen.open("");
    await visit.look("start");
  });
  await step("signing in", async () => {
    await citizen.startRequest();
    await visit.look("sign-in");
    await citizen.confirmInWindow(person.slug);
    await citizen.arriveAt(/\/request$/);
  });
  await step("form", async () => {
    await visit.look("form");
    await citizen.answer();
    await citizen.sendForm();
  });
  await step("text to be signed", async () => {
    await citizen.arriveAt(/\/sign\/[^/]+$/);
    await visit.look("sign");
    await citizen.confirmInWindow(person.slug);
  });
  const number = await step("granted", async () => {
    const number = await citizen.awaitAnswer();
    const results = await page.locator("main .lead-box").count();
    must(results === certificates, `${results} results, expected ${certificates}`);
    await visit.look("request");
    return number;
  });
  await resultAndChecks(step, citizen, person, number);
}

async function resultAndChecks(step, citizen, person, number) {
  const { visit, page } = citizen;
  const shown = await step("result page and PDF", async () => {
    await page.locator("a[href*='/results/']:not([href*='/document'])").first().click();
    await citizen.arriveAt(/\/results\/[^/]+$/);
    await visit.look("result");
    const { path, name } = await citizen.download();
    must((await readFile(path)).subarray(0, 5).toString() === "%PDF-", "no PDF came");
    const qr = await page.locator("a[href*='/c/']").first().getAttribute("href");
    return { path, number: name.replace(/\.pdf$/, ""), qr };
  });
  await step("cabinet", async () => {
    await citizen.open("/cabinet");
    await visit.look("cabinet");
    must(await page.getByText(number).count() > 0, "the request is not in the cabinet");
  });
  await step("receipt", async () => {
    await citizen.open(`/requests/${number}/receipt`);
    await visit.look("receipt");
  });
  await step("check by number and IIN", async () => {
    await citizen.open("/check");
    await visit.look("check");
    await citizen.check(shown.number, person.iin);
    await page.locator(".verdict--good").waitFor();
    await visit.look("checked");
    must(!page.url().includes(person.iin), "the IIN stands in the address");
  });
  await step("check by file", async () => {
    await citizen.checkFile(shown.path);
    await page.locator(".verdict--good").waitFor();
  });
  await step("page of the QR code", async () => {
    const { pathname } = new URL(shown.qr, citizen.address(""));
    await citizen.open(pathname.replace(/^\/(kk|ru|en)/, ""));
    await page.locator(".verdict--good").waitFor();
    await visit.look("qr");
  });
}

function refusal(answers, ground) {
  return async (step, citizen, person) => {
    const { visit, page } = citizen;
    await step("refused", async () => {
      await citizen.signInAndGoTo(person.slug, "/request");
      await citizen.answer(answers);
      await citizen.sendForm();
      await citizen.arriveAt(/\/sign\//);
      await citizen.confirmInWindow(person.slug);
      await citizen.awaitAnswer();
      await visit.look(`refused-${ground}`);
    });
    await step("the refusal is a document too", async () => {
      await page.locator("a[href*='/results/']:not([href*='/document'])").first().click();
      await citizen.arriveAt(/\/results\/[^/]+$/);
      await visit.look(`refusal-${ground}`);
      const { path, name } = await citizen.download();
      must(name.startsWith("B-"), `the document is named ${name}`);
      must((await readFile(path)).subarray(0, 5).toString() === "%PDF-", "no PDF came");
    });
  };
}

async function cancelled(step, citizen) {
  const { visit, page } = citizen;
  await step("the page says so and lets one try again", async () => {
    await citizen.open("/sign-in?next=/request");
    await citizen.cancelInWindow();
    await page.locator("[data-signing] .live--bad").waitFor();
    must((await page.locator("[data-signing] [data-live]").innerText()).trim() !== "", "nothing is said");
    must(await page.locator("[data-sign]").isEnabled(), "one cannot try again");
    await visit.look("cancelled");
  });
}

async function revoked(step, citizen, person) {
  const { visit, page } = citizen;
  await step("does not sign in, and the page says why", async () => {
    visit.expectStatus(422);
    await citizen.open("/sign-in?next=/cabinet");
    await citizen.confirmInWindow(person.slug);
    await page.locator("[role=alert]").first().waitFor();
    await citizen.arriveAt(/\/sign-in$/);
    await visit.look("revoked");
  });
}

async function wrongIin(step, citizen, person) {
  const { visit, page } = citizen;
  await step("is told in the summary and beside its field", async () => {
    visit.expectStatus(422);
    await citizen.signInAndGoTo(person.slug, "/request");
    await citizen.answer({ wards: "named", iins: ["", "123456789012"] });
    await citizen.sendForm();
    const link = page.locator(".govuk-error-summary a").first();
    await link.waitFor();
    await visit.look("wrong-iin");
    await link.click();
    const field = page.locator(":focus");
    must(await field.getAttribute("name") === "ward", "the link of the summary leads to no field");
    must(await field.inputValue() === "123456789012", "what was typed is lost");
  });
}

async function withoutScript(step, citizen, person, { demo }) {
  const { visit, page } = citizen;
  const folder = await mkdtemp(join(tmpdir(), "anyqtama-"));
  await step("signing in with an uploaded signature", async () => {
    await citizen.open("");
    await citizen.startRequest();
    await citizen.signByUpload(demo, person.slug, join(folder, "sign-in"));
    await citizen.arriveAt(/\/request$/);
  });
  await step("request with an uploaded signature", async () => {
    await citizen.answer();
    await citizen.sendForm();
    await citizen.arriveAt(/\/sign\//);
    await visit.picture("sign-without-script");
    await citizen.signByUpload(demo, person.slug, join(folder, "request"));
    await citizen.awaitAnswer();
  });
  await step("PDF", async () => {
    await page.locator("a[href*='/results/']:not([href*='/document'])").first().click();
    const { path } = await citizen.download();
    must((await readFile(path)).subarray(0, 5).toString() === "%PDF-", "no PDF came");
  });
}

async function otherLanguage(step, citizen, person) {
  const { page } = citizen;
  await step("the page stays the same page", async () => {
    await citizen.open("/check");
    await citizen.switchTo("kk");
    await citizen.arriveAt(/^\/kk\/check$/);
    await citizen.switchTo("ru");
    await citizen.arriveAt(/^\/ru\/check$/);
  });
  await step("what was typed into the form is kept", async () => {
    await citizen.signInAndGoTo(person.slug, "/request");
    await citizen.answer({ wards: "named", iins: ["123"], restricted: "refuse" });
    await citizen.switchTo("en");
    await citizen.arriveAt(/^\/en\/request$/);
    must(await page.locator("input[name=ward]").first().inputValue() === "123", "the IIN is lost");
    must(await page.locator("input[name=restricted][value=refuse]").isChecked(), "the answer is lost");
    must(await page.locator("html").getAttribute("lang") === "en", "the page is not in English");
  });
}

async function doubleClick(step, citizen, person, { demo }) {
  const folder = await mkdtemp(join(tmpdir(), "anyqtama-"));
  await step("gives one request", async () => {
    await citizen.open("/sign-in?next=/cabinet");
    await citizen.signByUpload(demo, person.slug, join(folder, "sign-in"));
    await citizen.arriveAt(/\/cabinet$/);
    const before = await citizen.countRequests();
    await citizen.open("/request");
    await citizen.answer();
    await citizen.sendForm();
    await citizen.arriveAt(/\/sign\//);
    await citizen.signByUpload(demo, person.slug, join(folder, "request"), { clickCount: 2 });
    await citizen.awaitAnswer();
    await citizen.open("/cabinet");
    const more = await citizen.countRequests() - before;
    must(more === 1, `${more} requests came of a double click`);
  });
}

async function keyboard(step, citizen, person) {
  const { page } = citizen;
  await step("the first key leads past the menu", async () => {
    await citizen.signInAndGoTo(person.slug, "/request");
    await page.keyboard.press("Tab");
    must(await page.locator(":focus").getAttribute("href") === "#main", "there is no way past the menu");
  });
  await step("the form is filled and sent", async () => {
    for (const name of ["restricted", "secret"]) {
      await citizen.tabTo(`input[name=${name}]`);
      await page.keyboard.press("Space");
      must(await page.locator(`input[name=${name}][value=give]`).isChecked(), `${name} is not answered`);
    }
    await citizen.tabTo("#request-form button[type=submit]:not([name]):not([tabindex])");
    await page.keyboard.press("Enter");
    await citizen.arriveAt(/\/sign\//);
  });
  await step("the request is signed and sent", async () => {
    await citizen.choose("ncalayer");
    await citizen.tabTo("[data-sign]");
    await page.keyboard.press("Enter");
    await citizen.signer.sign(person.slug);
    await citizen.awaitAnswer();
  });
}

async function foreignRequest(step, citizen, person, { browser, demo, screenshots, people }) {
  await step("is not found, whoever knows its number", async () => {
    const owner = people.find((one) => one.slug === "guardianship_ended");
    await citizen.signInAndGoTo(owner.slug, "/request");
    await citizen.answer();
    await citizen.sendForm();
    await citizen.arriveAt(/\/sign\//);
    await citizen.confirmInWindow(owner.slug);
    const number = await citizen.awaitAnswer();
    const visit = await Visit.open(browser, { demo, screenshots, language: "ru", width: 1280 });
    try {
      const other = new Citizen(visit, await Signer.open(visit));
      await other.signInAndGoTo(person.slug, "/cabinet");
      visit.expectStatus(404);
      const answer = await visit.page.goto(other.address(`/requests/${number}`));
      must(answer.status() === 404, `the answer is ${answer.status()}`);
      await visit.look("not-found");
    } finally {
      await visit.close();
    }
  });
}

// The window takes the language of the page that asks.
async function signersWindow(step, citizen) {
  const { visit, page, signer } = citizen;
  await step("is as accessible as the portal", async () => {
    await citizen.open("/sign-in");
    await citizen.choose("ncalayer");
    await page.locator("[data-sign]").click();
    await signer.request.waitFor({ state: "visible" });
    await visit.look("signer", signer.page);
    await signer.cancel();
  });
}

async function tellingPages(step, citizen) {
  for (const name of ["accessibility", "personal-data"]) {
    await step(name, async () => {
      await citizen.open(`/${name}`);
      await citizen.visit.look(name);
    });
  }
}

// Announced by command while the portal runs; on every page within seconds, in each language and width.
async function announcedBreak(step, world) {
  const inHours = (hours) => new Date(Date.now() + hours * 3_600_000);
  const reasons = { kk: "сақтау жүйесін жаңарту", ru: "обновление хранилища", en: "renewal of the storage" };
  const id = await world.demo.announceBreak(inHours(1), inHours(2), reasons);
  try {
    for (const language of LANGUAGES) {
      for (const width of WIDTHS) {
        await step(`${language} ${width}`, () => seeBreak(world, { language, width }, reasons[language]));
      }
    }
  } finally {
    await world.demo.withdrawBreak(id);
  }
}

async function seeBreak(world, window, reason) {
  const visit = await Visit.open(world.browser, { ...world, ...window });
  try {
    const { page } = visit;
    const banner = page.locator("aside.breaks");
    for (let tries = 0; tries < 10 && await banner.count() === 0; tries += 1) {
      await page.goto(`${world.demo.portal}/${window.language}/check`);
      if (await banner.count() === 0) await page.waitForTimeout(500);
    }
    must((await banner.innerText()).includes(reason), "the banner does not say what is repaired");
    must((await banner.innerText()).includes("UTC+5"), "the banner does not say whose time it is");
    await visit.look("break");
    const faults = visit.takeFaults();
    must(faults.length === 0, faults.join("\n"));
  } finally {
    await visit.close();
  }
}
