// A real browser without script walks from the portal to the provider, which is another site to it, and back. What is
// looked at is what only a browser shows: which cookies it sends after a visit from elsewhere, and what the policy of our
// pages lets it follow. Prints the address and the heading it ends on.
import { launch } from "../browser/browser.mjs";

const [portal] = process.argv.slice(2);
const browser = await launch();
try {
  const context = await browser.newContext({ javaScriptEnabled: false, locale: "en" });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  await page.goto(`${portal}/en/sign-in?next=/request`);
  await page.getByRole("button", { name: "Sign in at the provider" }).click();
  await page.locator('input[name="login"]').fill("subject-1");
  await page.locator('input[name="password"]').fill("any");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL(`${portal}/en/request`);
  await page.goto(`${portal}/en/cabinet`);
  console.log(page.url());
  console.log(await page.locator("h1").textContent());
} finally {
  await browser.close();
}
