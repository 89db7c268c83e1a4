// What a citizen does on the portal's pages: the one place that knows their forms and addresses.
// Knows no expectation about outcomes. Next: journey.mjs.

import { writeFile } from "node:fs/promises";
import { must } from "./ledger.mjs";

export class Citizen {
  constructor(visit, signer) {
    this.visit = visit;
    this.page = visit.page;
    this.signer = signer;
  }

  address(place) {
    return `${this.visit.demo.portal}/${this.visit.language}${place}`;
  }

  async open(place) {
    const answer = await this.page.goto(this.address(place));
    must(answer.ok(), `${place} answers ${answer.status()}`);
  }

  // Waits until the address ends as expected, after whatever redirects.
  async arriveAt(pattern) {
    await this.page.waitForURL((url) => pattern.test(url.pathname));
  }

  // The button one sees: the first of a form is for the Enter key alone.
  sendButton(form) {
    return this.page.locator(`${form} button[type=submit]:not([name]):not([tabindex])`);
  }

  async startRequest() {
    await this.page.locator(`main a[href="/${this.visit.language}/request"]`).first().click();
    await this.arriveAt(/\/sign-in$/);
  }

  async signInAndGoTo(slug, place) {
    await this.open(`/sign-in?next=${place}`);
    await this.confirmInWindow(slug);
    await this.page.waitForURL(this.address(place));
  }

  // One way at a time is shown where there is script; without it all stand on the page.
  async choose(way) {
    const radio = this.page.locator(`#choose-${way}`);
    if (await radio.count() > 0) await radio.check();
  }

  // Presses the page's button and confirms in the signer's own window, which is another tab.
  async confirmInWindow(slug) {
    await this.choose("ncalayer");
    await this.page.locator("[data-sign]").click();
    await this.signer.sign(slug);
  }

  async cancelInWindow() {
    await this.choose("ncalayer");
    await this.page.locator("[data-sign]").click();
    await this.signer.cancel();
  }

  // Both consents are asked, none is answered beforehand.
  async answer({ restricted = "give", secret = "give", wards = "all", iins = [] } = {}) {
    await this.page.locator(`input[name=wards][value=${wards}]`).check();
    for (const [index, iin] of iins.entries()) {
      await this.page.locator("input[name=ward]").nth(index).fill(iin);
    }
    await this.page.locator(`input[name=restricted][value=${restricted}]`).check();
    await this.page.locator(`input[name=secret][value=${secret}]`).check();
  }

  async sendForm() {
    await this.sendButton("#request-form").click();
  }

  // Until the state is final: shown by the script, or by the reload a page without script asks for.
  async awaitAnswer() {
    await this.arriveAt(/\/requests\/[^/]+$/);
    await this.page.locator("a[href*='/results/']").first().waitFor({ timeout: 60_000 });
    return new URL(this.page.url()).pathname.split("/").pop();
  }

  async download() {
    const [download] = await Promise.all([
      this.page.waitForEvent("download"),
      this.page.locator("main a[href$='/document']").first().click(),
    ]);
    return { path: await download.path(), name: download.suggestedFilename() };
  }

  async check(number, iin) {
    await this.open("/check");
    await this.page.locator("#check-form input[name=number]").fill(number);
    await this.page.locator("#check-form input[name=iin]").fill(iin);
    await this.sendButton("#check-form").click();
  }

  async checkFile(path) {
    await this.open("/check");
    await this.page.locator("input[name=document]").setInputFiles(path);
    await this.page.locator("form:has(input[name=document]) button[type=submit]").click();
  }

  // Takes the exact text off the page as a file, signs it outside the browser and uploads the signature.
  async signByUpload(demo, slug, file, { clickCount = 1 } = {}) {
    const address = await this.page.locator("a[download][href^='data:']").getAttribute("href");
    const [, base64] = address.split(";base64,");
    await writeFile(file, Buffer.from(base64, "base64"));
    const signature = await demo.sign(slug, file);
    await this.choose("by-hand");
    await this.page.locator("input[name=signature_file]").setInputFiles(signature);
    await this.page.locator("form:has(input[name=signature_file]) button[type=submit]").click({ clickCount });
  }

  async switchTo(language) {
    await this.page.locator(`.languages__item[lang=${language}]`).click();
  }

  // By their numbers: messages, results and documents lead to the same requests.
  async countRequests() {
    const links = await this.page.locator(".requests__item a[href*='/requests/']").all();
    const addresses = await Promise.all(links.map((link) => link.getAttribute("href")));
    return new Set(addresses.map((address) => address.match(/\/requests\/([^/?#]+)/)[1])).size;
  }

  // By the Tab key alone, as long as a patient person would press it.
  async tabTo(selector) {
    for (let pressed = 0; pressed < 80; pressed += 1) {
      if (await this.page.locator(`${selector}:focus`).count() > 0) return;
      await this.page.keyboard.press("Tab");
    }
    throw new Error(`the Tab key does not lead to ${selector}`);
  }
}
