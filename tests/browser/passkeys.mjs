// A passkey of somebody who serves, made and used in Debian's Chromium with a device of the browser's own: by the portal under
// a domain name, because devices bind passkeys to domains. Environment as of journey.mjs. Next: officer.mjs.

import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Visit, launch } from "./browser.mjs";
import { Demo } from "./demo.mjs";
import { Ledger, must } from "./ledger.mjs";
import { OfficerAtDesk } from "./officer.mjs";
import { Signer } from "./signer.mjs";

const inTarget = (path) => fileURLToPath(new URL(`../../target/${path}`, import.meta.url));
const binary = process.env.ANYQTAMA_BINARY ?? inTarget("release/anyqtama");
const screenshots = process.env.ANYQTAMA_SCREENSHOTS ?? inTarget("screenshots");
const folder = process.env.ANYQTAMA_BROWSER_DATA ?? inTarget("browser-demo");

const START_MS_MAX = 60_000;
// A fingerprint or a face is always there, and always the owner's.
const DEVICE = {
  protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
  automaticPresenceSimulation: true,
};

const ledger = new Ledger();
const demo = await Demo.start({ binary, folder });
const named = await serveUnderAName();
const browser = await launch();
try {
  const staff = JSON.parse(await readFile(`${folder}/staff.json`, "utf8"));
  const member = staff.find(({ roles }) => roles.includes("administrator"));
  for (const language of ["kk", "ru", "en"]) {
    await ledger.story(`a passkey, ${language}`, (step) => madeAndUsed(step, language, member.slug));
  }
} finally {
  await browser.close();
  named.stop();
  await demo.stop();
}
process.exitCode = ledger.close();

// A second process over the demo's store and keys.
async function serveUnderAName() {
  const port = await freePort();
  const portal = `http://localhost:${port}`;
  const told = await readFile(`${folder}/anyqtama.toml`, "utf8");
  const own = demo.portal.replace("http://", "");
  const config = told.replaceAll(demo.portal, portal).replaceAll(`"${own}"`, `"127.0.0.1:${port}"`);
  await writeFile(`${folder}/named.toml`, config);
  const child = spawn(binary, ["serve", "--config", `${folder}/named.toml`], { stdio: "ignore" });
  const deadline = Date.now() + START_MS_MAX;
  while (Date.now() < deadline && child.exitCode === null) {
    const ready = await fetch(`${portal}/health/ready`).then(({ ok }) => ok, () => false);
    if (ready) return { portal, stop: () => child.kill("SIGTERM") };
    await sleep(200);
  }
  child.kill("SIGKILL");
  throw new Error("no portal under a name");
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function madeAndUsed(step, language, slug) {
  const at = { ...demo, portal: named.portal };
  const visit = await Visit.open(browser, { demo: at, screenshots, language, width: 1280 });
  const { page } = visit;
  const device = await visit.context.newCDPSession(page);
  await device.send("WebAuthn.enable");
  await device.send("WebAuthn.addVirtualAuthenticator", { options: DEVICE });
  const signOut = async () => {
    await page.locator("form[action$='/staff/sign-out'] button").click();
    await page.waitForURL(/\/staff\/sign-in/);
  };
  const comeIn = async () => {
    await page.locator("#choose-passkey").check();
    await page.locator("#way-passkey [data-passkey-ask]").click();
  };
  try {
    const desk = new OfficerAtDesk(visit, await Signer.open(visit));
    await step("making one after signing in", async () => {
      await desk.open("");
      await desk.signIn(slug);
      await desk.open("/passkeys");
      await page.locator("#name").fill("Ноутбук");
      await visit.look("passkeys-new");
      await page.locator("[data-passkey-ask]").click();
      await page.locator(".requests__item").first().waitFor();
      await visit.look("passkeys-made");
    });
    await step("the same device makes no second one", async () => {
      await page.locator("#name").fill("Ноутбук");
      await page.locator("[data-passkey-ask]").click();
      await page.locator(".live--bad:not(:empty)").waitFor();
      must(await page.locator(".requests__item").count() === 1, "one passkey");
    });
    await step("coming in by it", async () => {
      await signOut();
      await comeIn();
      await page.waitForURL((url) => url.pathname.endsWith("/staff"));
    });
    await step("what takes two people asks for the signature", async () => {
      await page.goto(`${named.portal}/${language}/staff/people`);
      must(new URL(page.url()).searchParams.get("why") === "signature", `led to ${page.url()}`);
      await visit.look("passkeys-signature-needed");
      await desk.signIn(slug, "/staff/people");
    });
    await step("a removed one opens nothing", async () => {
      await desk.open("/passkeys");
      await page.locator("form[action$='/remove'] button").click();
      await page.waitForURL(/\/staff\/passkeys$/);
      must(await page.locator(".requests__item").count() === 0, "none is left");
      await signOut();
      visit.expectStatus(422);
      await comeIn();
      await page.locator(".govuk-error-summary").waitFor();
      await visit.look("passkeys-unknown");
    });
    await step("no error on the console, no request to a stranger", () => {
      const faults = visit.takeFaults();
      must(faults.length === 0, faults.join("\n"));
    });
  } finally {
    await visit.close();
  }
}
