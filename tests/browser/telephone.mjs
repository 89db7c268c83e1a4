// The demo's telephone with eGov Mobile, in a tab of its own: takes a code, shows what is signed, signs or cancels.
// Knows nothing of the portal. Next: phone_stories.mjs.

import { must } from "./ledger.mjs";

export class Telephone {
  static async open(visit) {
    return new Telephone(await visit.newPage(), visit.demo.phone);
  }

  constructor(page, address) {
    this.page = page;
    this.address = address;
  }

  // By what the camera reads.
  async scan(code, slug) {
    await this.page.goto(this.address);
    await this.page.locator("#link").fill(code);
    await this.#read(slug);
  }

  // By the link of the page, as on the telephone's own browser.
  async follow(link, slug) {
    await this.page.goto(link);
    await this.#read(slug);
  }

  async #read(slug) {
    await this.page.locator("#person").selectOption(slug);
    await this.page.locator("button").click();
    await this.page.locator(".lines").waitFor();
    must((await this.page.locator(".lines").innerText()).trim() !== "", "one signs blindly");
  }

  async sign(fault = "") {
    await this.page.locator("#fault").selectOption(fault);
    await this.page.locator("button[value=signs]").click();
    await this.page.locator("#signed, #not-signed").waitFor();
    return await this.page.locator("#signed").count() > 0;
  }

  async cancel() {
    await this.page.locator("button[value=cancels]").click();
    await this.page.locator("#not-signed").waitFor();
  }
}
