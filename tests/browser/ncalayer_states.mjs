// What a person sees of an NCALayer that is absent, old, silent, broken or refuses: each state told in the live region,
// with a way forward, and judged like every page. The program is played by the browser's driver. Next: stories.mjs.

import { must } from "./ledger.mjs";

const GREETING = JSON.stringify({ result: { version: "1.4" } });
const reply = (body) => JSON.stringify(body);
const invocation = (details) => reply({ status: false, code: "INVOCATION_ERROR", message: "An invoked method threw an exception.", details });
const greeted = (answer) => (socket) => {
  socket.onMessage((text) => answer(socket, text));
  socket.send(GREETING);
};
const answered = (text) => greeted((socket) => socket.send(text));

// With an older program: no module of today, and a device plugged in.
const older = greeted((socket, text) => {
  const { module, method } = JSON.parse(text);
  if (module.endsWith(".basics")) socket.send(invocation(`there is no such module: ${module}`));
  else if (method === "getActiveTokens") socket.send(reply({ code: "200", responseObject: ["AKKaztokenStore"] }));
  else socket.send(reply({ code: "200" }));
});

// State, what the program does, and the selector of what helps.
const STATES = [
  ["old", (socket) => socket.send(reply({ result: { version: "1.0" } })), "[data-help~=old] a[href^='https://ncl.pki.gov.kz']"],
  ["silent", () => {}, "[data-help~=silent] a[href^='https://127.0.0.1']"],
  ["closed", greeted((socket) => socket.close()), "[data-help~=closed] a"],
  ["cancelled", answered(reply({ status: true, body: {} })), "[data-sign]:enabled"],
  ["key_expired", answered(invocation("java.security.cert.CertificateExpiredException")), "[data-help~=key_expired] a[href='https://pki.gov.kz/']"],
  ["storage", answered(invocation("java.security.KeyStoreException")), "[data-help~=storage] p"],
  ["malformed", answered('{"status":tr'), "[data-help~=malformed] a"],
  ["choose_storage", older, "#storage:focus"],
];

export async function ncalayerStates(step, citizen) {
  const { visit, page } = citizen;
  let program = () => {};
  await page.routeWebSocket(/^wss?:\/\/127\.0\.0\.1/, (socket) => program(socket));
  const told = new Set();
  for (const [state, plays, helps] of STATES) {
    await step(state, async () => {
      program = plays;
      await citizen.open("/sign-in?next=/request");
      await citizen.choose("ncalayer");
      await page.locator("[data-sign]").click();
      const expected = await page.locator(`[data-message=${state}]`).textContent();
      await page.locator("[data-live]").filter({ hasText: expected.trim() }).waitFor();
      await page.locator(helps).first().waitFor({ state: "visible" });
      must(await page.locator("[data-sign]").isEnabled(), "one cannot try again");
      must(!told.has(expected), "another state has the same text");
      told.add(expected);
      await visit.look(`ncalayer-${state}`);
    });
  }
  await step("one may stop waiting", async () => {
    program = greeted(() => {});
    await citizen.open("/sign-in?next=/request");
    await citizen.choose("ncalayer");
    await page.locator("[data-sign]").click();
    await page.locator("[data-stop]").click();
    const expected = await page.locator("[data-message=stopped]").textContent();
    await page.locator("[data-live]").filter({ hasText: expected.trim() }).waitFor();
  });
}

// Nothing listens at the address: the browser tells no more than that it could not connect.
export async function ncalayerAbsent(step, citizen) {
  const { visit, page } = citizen;
  await step("the help covers a missing program and a certificate that is not trusted", async () => {
    visit.expected.push("WebSocket", "Content Security Policy");
    await citizen.open("/sign-in?next=/request");
    await citizen.choose("ncalayer");
    await page.locator("[data-signing]").evaluate((block) => { block.dataset.ncalayer = "ws://127.0.0.1:9/"; });
    await page.locator("[data-sign]").click();
    await page.locator("[data-help~=unavailable]").waitFor({ state: "visible" });
    must(await page.locator("[data-help~=unavailable] li").count() === 5, "a step of the help is missing");
    await visit.look("ncalayer-unavailable");
  });
}
