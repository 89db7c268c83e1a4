// The portal's script speaks to `ncalayer-mocker`, a stand-in for NCALayer by the people of sigex.kz, over TLS on the
// program's own port. Not every registry has the package; where it is not in node_modules, ANYQTAMA_NCALAYER_MOCKER
// names its folder, and without either the test says that it was skipped.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { connect as reach } from "node:net";
import test, { after, before } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import { connect, sign } from "../../crates/portal/front/ncalayer.js";

const ADDRESS = "wss://127.0.0.1:13579/";
const WANTED = { document: "MTEK", oids: ["1.3.6.1.5.5.7.3.4"], locale: "ru", iin: "000229500008" };

function found() {
  const require = createRequire(import.meta.url);
  const folder = process.env.ANYQTAMA_NCALAYER_MOCKER ?? "ncalayer-mocker";
  try {
    return { mocker: require(`${folder}/ncalayer-mocker.js`), orders: require(`${folder}/ncalayer-mocker-client.js`) };
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND") throw error;
    return null;
  }
}

const listening = () => new Promise((resolve) => {
  const socket = reach(13579, "127.0.0.1", () => { socket.destroy(); resolve(true); });
  socket.on("error", () => resolve(false));
});

const both = found();
const options = { skip: both ? false : "SKIPPED: ncalayer-mocker is not installed" };
if (!both) console.error(options.skip);

// Its certificate is its own: nobody but this test trusts it.
globalThis.WebSocket = class extends WebSocket {
  constructor(address) { super(address, { rejectUnauthorized: false }); }
};

before(async () => {
  if (!both) return;
  both.mocker.start();
  while (!await listening()) await sleep(20);
});
after(() => both?.mocker.stop());

async function asked() {
  const layer = await connect([ADDRESS]);
  try {
    assert.equal(layer.version, "ncalayer-mocker");
    return await sign(layer, WANTED);
  } finally {
    layer.close();
  }
}

test("a signature of the stand-in is taken", options, async () => {
  await both.orders.registerResponseForBasicsSignCMS("MTEKA");
  assert.equal(await asked(), "MTEKA");
});

test("its person may cancel", options, async () => {
  await both.orders.registerResponseForBasicsSignCMSCanceledByUser();
  await assert.rejects(asked(), { state: "cancelled" });
});

test("without an answer in store it says nothing of use, and the page tells so", options, async () => {
  await assert.rejects(asked(), { state: "malformed" });
});
