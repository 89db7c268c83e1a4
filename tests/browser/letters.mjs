// Letters as the demo's mail server took them, in a tab of its own. Knows nothing of the portal. Next: passwords.mjs.

import { must } from "./ledger.mjs";

export class Letters {
  constructor(visit) {
    this.visit = visit;
  }

  async #to(address) {
    this.page ??= await this.visit.newPage();
    await this.page.goto(`${this.visit.demo.phones}/letters?still`);
    return this.page.locator(`section[data-to="${address}"]`).allInnerTexts();
  }

  // The newest letter to this address with such words, within some seconds.
  async #await(address, words) {
    for (let look = 0; look < 60; look += 1) {
      const found = (await this.#to(address)).find((text) => words.test(text));
      if (found) return found;
      await this.page.waitForTimeout(250);
    }
    throw new Error(`no letter to ${address} with ${words}`);
  }

  // Of the newest letter.
  async code(address) {
    const [code] = (await this.#await(address, /\b\d{6}\b/)).match(/\b\d{6}\b/);
    return code;
  }

  // That tells of this request and where to look.
  async about(address, number) {
    const letter = await this.#await(address, new RegExp(number));
    must(letter.includes(new URL(this.visit.demo.portal).host), `the letter leads nowhere: ${letter}`);
    return letter;
  }
}
