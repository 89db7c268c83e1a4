// Somebody's telephone on the demo's page, in a tab of its own. Knows nothing of the portal. Next: passwords.mjs.

import { must } from "./ledger.mjs";

// The demo gives numbers in the order of its people.
const FIRST = 77000000100;

export class Phone {
  constructor(visit, place) {
    this.visit = visit;
    this.number = String(FIRST + place);
  }

  async open() {
    this.page ??= await this.visit.newPage();
    await this.page.goto(`${this.visit.demo.phones}/${this.number}?still`);
    return this.page.locator("article .text");
  }

  async count() {
    return (await this.open()).count();
  }

  // Whether a message names the request and the portal within some seconds.
  async notice(number) {
    for (let look = 0; look < 40; look += 1) {
      const texts = await (await this.open()).allInnerTexts();
      if (texts.some((text) => text.includes(number) && text.includes(new URL(this.visit.demo.portal).host))) return true;
      await this.page.waitForTimeout(250);
    }
    return false;
  }

  // Of the newest message, as its last line has it for browsers.
  async password() {
    const text = await (await this.open()).first().innerText();
    const [, host, password] = text.match(/\n@(\S+) #(\d{6})$/) ?? [];
    must(host === new URL(this.visit.demo.portal).hostname, `the message is not bound to the portal: ${text}`);
    return password;
  }
}
