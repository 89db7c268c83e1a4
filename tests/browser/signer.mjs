// The window of the demo's signer, in a tab of its own: where a person reads what he signs and chooses his key.
// Knows nothing of the portal. Next: citizen.mjs.

import { must } from "./ledger.mjs";

export class Signer {
  static async open(visit) {
    const page = await visit.newPage();
    await page.goto(visit.demo.signer);
    return new Signer(page);
  }

  constructor(page) {
    this.page = page;
    this.request = page.locator("#request");
  }

  async sign(slug) {
    await this.request.waitFor({ state: "visible" });
    must((await this.page.locator("#documents").innerText()).trim() !== "", "one signs blindly");
    await this.page.locator(`#keys input[value=${slug}]`).check();
    await this.page.locator("#choice button[type=submit]").click();
    await this.request.waitFor({ state: "hidden" });
  }

  async cancel() {
    await this.request.waitFor({ state: "visible" });
    await this.page.locator("#cancel").click();
    await this.request.waitFor({ state: "hidden" });
  }
}
