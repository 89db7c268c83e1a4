// The citizen's journey in Debian's Chromium: three languages, two widths, every page looked at and judged by axe.
//
//   node journey.mjs citizen     the whole way and whatever goes otherwise
//   node journey.mjs telephone   signing by telephone
//
//   ANYQTAMA_BINARY        the release build (default target/release/anyqtama)
//   ANYQTAMA_SCREENSHOTS   where the pictures go (default target/screenshots)
//   ANYQTAMA_BROWSER_DATA  folder of the demo it starts and stops (default target/browser-demo)
//
// Next: stories.mjs and phone_stories.mjs, which tell what happens; citizen.mjs, which knows the pages.

import { fileURLToPath } from "node:url";
import { launch } from "./browser.mjs";
import { Demo } from "./demo.mjs";
import { Ledger } from "./ledger.mjs";
import { phoneStories } from "./phone_stories.mjs";
import { stories } from "./stories.mjs";

const inTarget = (path) => fileURLToPath(new URL(`../../target/${path}`, import.meta.url));
const binary = process.env.ANYQTAMA_BINARY ?? inTarget("release/anyqtama");
const screenshots = process.env.ANYQTAMA_SCREENSHOTS ?? inTarget("screenshots");
const folder = process.env.ANYQTAMA_BROWSER_DATA ?? inTarget("browser-demo");

const told = { citizen: stories, telephone: phoneStories }[process.argv[2]];
if (!told) throw new Error("which journey: citizen or telephone?");

const ledger = new Ledger();
const demo = await Demo.start({ binary, folder });
const browser = await launch();
try {
  const world = { demo, browser, screenshots, people: await demo.people() };
  for (const [name, tell] of told(world)) {
    await ledger.story(name, tell);
  }
} finally {
  await browser.close();
  await demo.stop();
}
process.exitCode = ledger.close();
