// Starts the demo on free ports in a fresh folder and stops it by its own process id.
// Knows no page. Next: journey.mjs.

import { execFile, spawn } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const START_MS_MAX = 60_000;

export class Demo {
  static async start({ binary, folder, options = [] }) {
    await rm(folder, { recursive: true, force: true });
    const places = ["--listen", "--signer-listen", "--phone-listen", "--phones-listen"];
    const listen = places.flatMap((option) => [option, "127.0.0.1:0"]);
    const child = spawn(binary, ["demo", ...listen, ...options, "--data", folder], { stdio: ["ignore", "ignore", "pipe"] });
    const demo = new Demo(binary, folder, child);
    try {
      await demo.#waitUntilReady();
    } catch (error) {
      await demo.stop();
      throw error;
    }
    return demo;
  }

  constructor(binary, folder, child) {
    this.binary = binary;
    this.folder = folder;
    this.child = child;
    this.complaints = "";
    this.ended = new Promise((resolve) => child.once("close", resolve));
    child.stderr.on("data", (bytes) => { this.complaints = (this.complaints + bytes).slice(-4000); });
  }

  async #waitUntilReady() {
    const deadline = Date.now() + START_MS_MAX;
    while (Date.now() < deadline) {
      if (this.child.exitCode !== null) break;
      const ready = await this.#readAddresses().catch(() => false);
      if (ready) return;
      await sleep(100);
    }
    throw new Error(`the demo did not start: ${this.complaints}`);
  }

  async #readAddresses() {
    const { portal, signer, phone, phones } = JSON.parse(await readFile(`${this.folder}/addresses.json`, "utf8"));
    const { ok } = await fetch(`${portal}/health/ready`);
    Object.assign(this, { portal, signer, phone, phones });
    return ok;
  }

  async people() {
    return JSON.parse(await readFile(`${this.folder}/people.json`, "utf8"));
  }

  // The CMS of a file, made as a person without the signer's window would: on the command line.
  async sign(slug, file) {
    const out = `${file}.cms`;
    const key = `${this.folder}/people/${slug}.pem`;
    await promisify(execFile)(this.binary, ["sign", "--key", key, file, "--out", out]);
    return out;
  }

  // As an operator does, beside the running portal: the portal learns of it from the store.
  async announceBreak(from, to, { kk, ru, en }) {
    const times = ["--from", from.toISOString(), "--to", to.toISOString()];
    const words = ["break", "announce", ...times, "--kk", kk, "--ru", ru, "--en", en, "--json"];
    return JSON.parse(await this.#command(words)).id;
  }

  async withdrawBreak(id) {
    await this.#command(["break", "withdraw", id]);
  }

  async #command(words) {
    const configured = [...words, "--config", `${this.folder}/anyqtama.toml`];
    return (await promisify(execFile)(this.binary, configured)).stdout;
  }

  async stop() {
    if (this.child.exitCode === null) this.child.kill("SIGTERM");
    const killing = setTimeout(() => this.child.kill("SIGKILL"), 10_000);
    await this.ended;
    clearTimeout(killing);
  }
}
