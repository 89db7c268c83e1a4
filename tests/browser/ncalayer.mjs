// Two pages that speak to a signer, told what to do by lines on the standard input and answering by lines: the client
// of npm `ncalayer-js-client`, which is not ours, and the portal's own script. Next: the signer's tests in Rust.
//
//   node ncalayer.mjs client|portal ADDRESS

import { createInterface } from "node:readline";
import { WebSocket } from "ws";

globalThis.WebSocket = WebSocket;
const [who, address] = process.argv.slice(2);

// The client looks for another program on this computer, which no test should reach: without its HTTP interface.
async function client() {
  const { default: { NCALayerClient } } = await import("ncalayer-js-client");
  const told = (value) => ({ value: value ?? null });
  let page = null;
  return async ({ call, args }) => {
    try {
      if (call === "connect") page = new NCALayerClient(address, false);
      const named = args.map((one) => (typeof one === "string" && one.startsWith("!!") ? NCALayerClient[one.slice(2)] : one));
      return told(await page[call](...named));
    } catch (error) {
      return { error: error.message, cancelled: error.canceledByUser === true };
    }
  };
}

async function portal() {
  const { TIMES, connect, sign } = await import("../../crates/portal/front/ncalayer.js");
  return async ({ args, times }) => {
    let layer = null;
    try {
      layer = await connect([address], { ...TIMES, ...times });
      return { value: await sign(layer, args) };
    } catch (fault) {
      if (fault.state === undefined) throw fault;
      return { state: fault.state, tokens: fault.tokens ?? null };
    } finally {
      layer?.close();
    }
  };
}

const page = await { client, portal }[who]();
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await page(JSON.parse(line)))}\n`);
}
process.exit(0);
