// Debian's Chromium, and what is watched on every page it opens: errors, strangers, accessibility, weight.
// Knows no page of the portal. Next: pages.mjs.

import { mkdir } from "node:fs/promises";
import axe from "@axe-core/playwright";
import { chromium } from "playwright-core";

const ARGUMENTS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

const AxeBuilder = axe.default ?? axe;

export function launch() {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: ARGUMENTS });
}

// One person's browser window: language, width, and the faults seen so far.
export class Visit {
  static async open(browser, { demo, language, width, screenshots, script = true }) {
    const context = await browser.newContext({
      viewport: { width, height: width < 600 ? 740 : 900 },
      locale: language,
      javaScriptEnabled: script,
      ignoreHTTPSErrors: true,
      acceptDownloads: true,
    });
    // Generous, because several journeys share a small machine.
    context.setDefaultTimeout(30_000);
    const visit = new Visit(context, { demo, language, width, screenshots });
    visit.page = await visit.newPage();
    return visit;
  }

  constructor(context, { demo, language, width, screenshots }) {
    Object.assign(this, { context, demo, language, width, screenshots, faults: [], expected: [] });
  }

  async newPage() {
    const page = await this.context.newPage();
    page.on("pageerror", (error) => this.faults.push(`script error on ${page.url()}: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error") this.#hear(page, message.text());
    });
    page.on("request", (request) => this.#refuseStrangers(request.url()));
    page.on("websocket", (socket) => this.#refuseStrangers(socket.url()));
    return page;
  }

  // The browser tells every answer of 400 and above as an error, also where it is the right answer.
  expectStatus(status) {
    this.expected.push(`status of ${status}`);
  }

  // What the browser says of a line that a story broke.
  expectError(words) {
    this.expected.push(words);
  }

  #hear(page, text) {
    const expected = this.expected.some((words) => text.includes(words));
    if (!expected) this.faults.push(`console on ${page.url()}: ${text}`);
  }

  #refuseStrangers(address) {
    const { protocol, host } = new URL(address);
    const { portal, signer, phone, phones } = this.demo;
    const own = [portal, signer, phone, phones].filter(Boolean).map((it) => new URL(it).host);
    const inside = protocol === "data:" || protocol === "blob:" || protocol === "about:";
    if (!inside && !own.includes(host)) this.faults.push(`a request to a stranger: ${host}`);
  }

  // None where nobody will look at them.
  async picture(name, page = this.page) {
    if (process.env.ANYQTAMA_NO_PICTURES) return;
    await mkdir(this.screenshots, { recursive: true });
    await page.screenshot({ path: `${this.screenshots}/${this.language}-${this.width}-${name}.png`, fullPage: true });
  }

  // The page as it stands: pictured, and judged by axe.
  async look(name, page = this.page) {
    await this.picture(name, page);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (wide > 0) throw new Error(`the page ${name} is ${wide} px wider than the window`);
    const { violations } = await new AxeBuilder({ page }).analyze();
    const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).slice(0, 3).join(" ")}`);
    if (told.length > 0) throw new Error(`axe on the page ${name}:\n${told.join("\n")}`);
    const language = await page.locator("html").getAttribute("lang");
    if (language !== this.language) throw new Error(`the page ${name} says it is in ${language}`);
    const untranslated = await page.getByText("⟦").count();
    if (untranslated > 0) throw new Error(`the page ${name} lacks a text`);
  }

  // Faults since the last question; a page that only looks right is not right.
  takeFaults() {
    return this.faults.splice(0);
  }

  async close() {
    await this.context.close();
  }
}

// Bytes over the network for an address opened for the first time.
export async function firstLoadBytes(browser, address) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send("Network.enable");
    let bytes = 0;
    session.on("Network.loadingFinished", ({ encodedDataLength }) => { bytes += encodedDataLength; });
    await page.goto(address, { waitUntil: "networkidle" });
    return bytes;
  } finally {
    await context.close();
  }
}
