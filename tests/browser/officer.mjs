// What an officer does on the pages of departments: the one place that knows their forms and addresses, and the files he
// hands in. Knows no expectation about outcomes. Next: staff.mjs.

import { must } from "./ledger.mjs";

const COLUMNS = [
  "guardian_iin", "guardian_surname", "guardian_given_name", "guardian_patronymic", "guardian_birth_date",
  "guardian_address", "accounting_status", "ward_iin", "ward_surname", "ward_given_name", "ward_patronymic",
  "ward_birth_date", "ward_birth_act", "ward_full_capacity_reason", "ward_full_capacity_from", "form", "act_kind",
  "act_number", "act_date", "act_issuer", "start_date", "end_date", "end_reason", "inventory_file_number",
  "inventory_sheets", "provider_kato",
];

// One placement of one child without an IIN with one of the demo's people; `mark` makes it another record.
export function placement(person, mark, changes = {}) {
  return {
    guardian_iin: person.iin,
    guardian_surname: person.name.surname,
    guardian_given_name: person.name.given,
    guardian_patronymic: person.name.patronymic ?? "",
    guardian_birth_date: person.birth_date,
    guardian_address: "Астана қаласы, Қабанбай батыр даңғылы, 11-үй",
    accounting_status: "ended",
    ward_surname: "Нұрпейісова",
    ward_given_name: "Ақерке",
    ward_birth_date: "2015-05-04",
    ward_birth_act: `АЖ-${mark}`,
    form: "guardianship",
    act_kind: "order",
    act_number: `${mark}-Ө`,
    act_date: "2020-03-02",
    act_issuer: "Астана қаласының Білім басқармасы",
    start_date: "2020-03-02",
    ...changes,
  };
}

// Somebody the registry knows nothing of, so that his records are new ones.
export function newcomer(place) {
  const birthday = `800101${3}`;
  for (let serial = 7700 + 11 * place; ; serial += 1) {
    const digits = Array.from(`${birthday}${serial}`, Number);
    const sum = (shift) => digits.reduce((all, digit, at) => all + digit * ((at + shift) % 11 + 1), 0) % 11;
    const check = [sum(0), sum(2)].find((one) => one < 10);
    if (check === undefined) continue;
    return { iin: `${digits.join("")}${check}`, name: { surname: "Сынақбаев", given: "Мысал" }, birth_date: "1980-01-01" };
  }
}

// The rows as a CSV file that a browser hands in.
export function csv(name, rows) {
  const quoted = (text) => `"${String(text).replaceAll('"', '""')}"`;
  const line = (row) => COLUMNS.map((column) => quoted(row[column] ?? "")).join(",");
  const text = [COLUMNS.join(","), ...rows.map(line)].join("\r\n");
  return { name, mimeType: "text/csv", buffer: Buffer.from(text, "utf8") };
}

export class OfficerAtDesk {
  constructor(visit, signer) {
    Object.assign(this, { visit, page: visit.page, signer });
  }

  async open(place) {
    const answer = await this.page.goto(`${this.visit.demo.portal}/${this.visit.language}/staff${place}`);
    must(answer.ok(), `${place} answers ${answer.status()}`);
  }

  async signIn(slug, next = "/staff") {
    const radio = this.page.locator("#choose-ncalayer");
    if (await radio.count() > 0) await radio.check();
    await this.page.locator("[data-sign]").click();
    await this.signer.sign(slug);
    await this.page.waitForURL((url) => url.pathname.endsWith(next));
  }

  async upload(file) {
    await this.open("/upload");
    await this.page.locator("#file").setInputFiles(file);
    await this.page.locator("main form button[type=submit]").click();
    await this.page.waitForURL((url) => /\/proposals\/[^/]+$/.test(url.pathname));
    await this.page.locator(".counts, .faults").first().waitFor({ timeout: 60_000 });
  }

  // In the registry; only what is named is filled in.
  async search({ purpose = "", iin = "", act = "" }) {
    await this.page.locator("#purpose").fill(purpose);
    await this.page.locator("#iin").fill(iin);
    await this.page.locator("#act").fill(act);
    await this.page.locator("main form:has(#iin) button[type=submit]").click();
  }

  // Buttons that open a record for correction: of the department's own records alone.
  corrections() {
    return this.page.locator("main form[action$='/correction'] button");
  }

  // New, corrected, ended, as before.
  async counts() {
    const told = await this.page.locator(".counts strong").allInnerTexts();
    return told.map(Number);
  }

  async press(action) {
    await this.page.locator(`form[action$="/${action}"] button[type=submit]`).click();
    await this.page.waitForLoadState();
  }
}
