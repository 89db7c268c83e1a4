// Counts what passed and what failed. Knows nothing of browsers. Next: journey.mjs.

import { performance } from "node:perf_hooks";

export class Ledger {
  #passed = 0;
  #failed = 0;

  // Runs a story: steps in a row, each counted by its name. The first failing step ends its story and no other.
  async story(name, tell) {
    const step = async (what, body) => {
      const started = performance.now();
      const value = await body();
      this.#passed += 1;
      console.log(`ok    ${name}: ${what} (${Math.round(performance.now() - started)} ms)`);
      return value;
    };
    let last = "before its first step";
    const named = (what, body) => {
      last = what;
      return step(what, body);
    };
    try {
      await tell(named);
    } catch (error) {
      this.#failed += 1;
      const told = String(error?.stack ?? error).replaceAll("\n", "\n      ");
      console.error(`FAIL  ${name}: ${last}\n      ${told}`);
    }
  }

  // Prints the closing line on standard error, as the last of it; answers the exit status.
  close() {
    console.error(`${this.#passed} passed, ${this.#failed} failed`);
    return this.#failed === 0 && this.#passed > 0 ? 0 : 1;
  }
}

// A condition that must hold, with words for when it does not.
export function must(condition, words) {
  if (!condition) throw new Error(words);
}
