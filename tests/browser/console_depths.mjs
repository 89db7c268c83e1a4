// Behind the menus of the people who serve: for each role the first pages with something real on them, in the language the
// window is in. A part of consoles.mjs, which makes the cases first. Next: officer.mjs.

import { must } from "./ledger.mjs";
import { visiting } from "./stories.mjs";

const GUARDIAN = "one_ward";
const REFUSED = "not_in_bank";
const PURPOSE = "№ 7 өтініш бойынша тексеру";
const WORDS = "Бұйрық бар, жазба жоқ.";
const WINDOW = { language: "kk", width: 1280 };
// A text of the refusal that the law does not prescribe.
const TEXT = "refusal.repair.again";

// Tells the stories of a guardian and of somebody without a record; answers what the roles will meet.
export async function makeCases(ledger, world) {
  const cases = { iin: world.people.find((one) => one.slug === GUARDIAN).iin };
  const asks = async (step, citizen, slug) => step("asks and is answered", async () => {
    await citizen.signInAndGoTo(slug, "/request");
    await citizen.answer();
    await citizen.sendForm();
    await citizen.arriveAt(/\/sign\/[^/]+$/);
    await citizen.confirmInWindow(slug);
    return citizen.awaitAnswer();
  });
  await ledger.story("a guardian", visiting(world, WINDOW, GUARDIAN, async (step, citizen) => {
    cases.request = await asks(step, citizen, GUARDIAN);
  }));
  await ledger.story("a refused person", visiting(world, WINDOW, REFUSED, async (step, citizen) => {
    cases.refused = await asks(step, citizen, REFUSED);
    cases.review = await step("asks for a review", () => askForReview(citizen, cases.refused));
    cases.complaint = await step("complains to the head", () => complain(citizen, cases.refused, "head"));
    cases.quality = await step("complains to the authority", () => complain(citizen, cases.refused, "quality_control"));
  }));
  return cases;
}

async function askForReview(citizen, request) {
  await citizen.open(`/requests/${request}`);
  await citizen.page.locator("form[action$='/review'] button[type=submit]").click();
  return caseNumber(citizen);
}

async function complain(citizen, request, body) {
  const { page } = citizen;
  await citizen.open(`/requests/${request}/complaint`);
  await page.locator(`#body-${body}`).check();
  await page.locator("#ground-unjustified_refusal").check();
  await page.locator("#words").fill(WORDS);
  await page.locator("#address").fill("Астана, Абай даңғылы, 1");
  await page.locator("main form[action$='/complaint'] button[type=submit]").click();
  await page.locator("form:has(input[name=way][value=session]) button").click();
  return caseNumber(citizen);
}

async function caseNumber(citizen) {
  await citizen.arriveAt(/\/recourses\/Q-[^/]+$/);
  return new URL(citizen.page.url()).pathname.split("/").pop();
}

// What each role finds behind its menu. Each is called once in each language; what needs doing once is done by the first.
export const DEPTHS = {
  async officer(desk, cases) {
    await story(desk, cases.request);
    await annulment(desk, cases);
    await record(desk, cases.iin);
    await figures(desk);
  },
  async head(desk, cases) {
    await recourse(desk, "complaints", cases.complaint);
    await proposed(desk, cases);
    await desk.visit.look("depth-head-annulment");
  },
  reviewer: (desk, cases) => recourse(desk, "reviews", cases.review),
  quality_controller: (desk, cases) => recourse(desk, "quality-complaints", cases.quality),
  async contact_centre_operator(desk, cases) {
    await call(desk, cases.request);
    await help(desk);
  },
  async data_protection_officer(desk, cases) {
    await journal(desk, cases.request);
    await story(desk, cases.refused);
  },
  auditor: (desk, cases) => journal(desk, cases.request),
  async administrator(desk, cases) {
    await desk.open("/people/new");
    await desk.visit.look("depth-administrator-appointment");
    await form(desk, cases);
    await figures(desk);
  },
};

async function story(desk, number) {
  const { visit, page } = desk;
  await desk.open(`/requests/${number}`);
  await visit.look("depth-story-purpose");
  await page.locator("#purpose").fill(PURPOSE);
  await page.locator("main form button[type=submit]").click();
  await page.locator("#notes").waitFor();
  await visit.look("depth-story");
}

// From the story of its request to the form, which is sent once; then the proposal itself. While it waits the story leads to it
// and offers no other, so the form is opened by its address.
async function annulment(desk, cases) {
  const { visit, page } = desk;
  if (cases.annulment) {
    await desk.open(`/annulments?certificate=${cases.certificate}`);
  } else {
    await page.locator("main a[href*='/staff/annulments?certificate=']").first().click();
    await page.locator("#certificate").waitFor();
    cases.certificate = await page.locator("#certificate").inputValue();
  }
  must(await page.locator("#certificate").inputValue() !== "", "the form does not know the certificate");
  await visit.look("depth-officer-annulment-form");
  if (!cases.annulment) {
    await page.locator("#reason-wrong_facts").check();
    await page.locator("#words").fill(WORDS);
    await page.locator("main form:has(#certificate) button[type=submit]").click();
    const proposal = page.locator("main a[href*='/staff/annulments/']").first();
    await proposal.waitFor();
    cases.annulment = (await proposal.getAttribute("href")).split("/").pop();
  }
  await proposed(desk, cases);
  await visit.look("depth-officer-annulment");
}

// A proposal to annul is opened with a purpose.
async function proposed(desk, cases) {
  await desk.open(`/annulments/${cases.annulment}`);
  await desk.page.locator("#purpose").fill(PURPOSE);
  await desk.page.locator("main form:has(#purpose) button[type=submit]").click();
  await desk.page.locator("form[action$='/end']").first().waitFor();
}

async function record(desk, iin) {
  const { visit, page } = desk;
  await desk.open("/records");
  await desk.search({ purpose: PURPOSE, iin });
  await page.locator("#found").waitFor();
  await visit.look("depth-officer-found");
  await page.locator("main .requests__item form:not([action$='/correction']) button").first().click();
  await page.locator("#known_on").waitFor();
  await visit.look("depth-officer-record");
}

async function recourse(desk, place, number) {
  const { visit, page } = desk;
  await desk.open(`/${place}`);
  await visit.look(`depth-${place}`);
  await page.locator(`main a[href$='/staff/${place}/${number}']`).click();
  await page.locator("#purpose").fill(PURPOSE);
  await page.locator("main form button[type=submit]").click();
  await page.locator("#reasons").waitFor();
  // What is folded is judged, too.
  for (const one of await page.locator("main details > summary").all()) await one.click();
  await visit.look(`depth-${place}-case`);
}

async function call(desk, number) {
  const { visit, page } = desk;
  await desk.open("/1414");
  await page.locator("#number").fill(number);
  await page.locator("main form:has(#number) button[type=submit]").click();
  await page.locator("#script").waitFor();
  await visit.look("depth-operator-call");
}

async function help(desk) {
  const { visit, page } = desk;
  await desk.open("/1414/help");
  await visit.look("depth-operator-help");
  await page.locator("#question").fill("сколько действует справка");
  await page.locator("main form:has(#question) button[type=submit]").click();
  await page.waitForLoadState();
  must(await page.locator("main section").count() > 0, "nothing is found");
  await visit.look("depth-operator-found");
}

async function journal(desk, number) {
  const { visit, page } = desk;
  await desk.open("/journal");
  await page.locator("#number").fill(number);
  await page.locator("#purpose").fill(PURPOSE);
  await page.locator("main form:has(#number) button[type=submit]").first().click();
  await page.locator("#rows").waitFor();
  must(await page.locator("main tbody tr").count() > 2, "the journal has nothing of the request");
  await visit.look("depth-journal");
}

// The form of all words, which is sent once with one of them changed; then the proposal with its specimens.
async function form(desk, cases) {
  const { visit, page } = desk;
  await desk.open("/templates/new");
  await visit.look("depth-administrator-form");
  if (!cases.form) {
    await page.locator(`[name="${TEXT}.ru"]`).fill("Получив ответ, обратитесь снова.");
    await page.locator("#reason").fill("Қысқарақ");
    await page.locator("main form:has(#reason) button[type=submit]").click();
    await page.waitForURL((url) => /\/templates\/(?!new)[^/]+$/.test(url.pathname));
    cases.form = new URL(page.url()).pathname.split("/").pop();
  }
  await desk.open(`/templates/${cases.form}`);
  await visit.look("depth-administrator-proposal");
  const specimens = await page.locator("main a[href*='/specimens/']").evaluateAll((all) => all.map((one) => one.href));
  must(specimens.length === 5, `${specimens.length} specimens`);
  for (const address of specimens) {
    const answer = await page.request.get(address);
    must(answer.ok() && (await answer.body()).subarray(0, 5).toString() === "%PDF-", `${address} is no PDF`);
  }
}

async function figures(desk) {
  const { visit, page } = desk;
  await desk.open("/figures");
  const today = new Date().toISOString().slice(0, 10);
  await page.locator("#from").fill(`${today.slice(0, 8)}01`);
  await page.locator("#to").fill(today);
  await page.locator("main form:has(#from) button[type=submit]").click();
  await page.waitForURL((url) => url.searchParams.get("to") === today);
  must(await page.locator("main .counts__item").count() > 0, "no figures of the period");
  await visit.look("depth-figures");
}
