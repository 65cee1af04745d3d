/**
 * The opening benchmark: how long it takes from the start of the navigation until a canvas is on the screen, through
 * the whole application: the real server and its plugins, the real page, a browser context that has never been there.
 *
 *     node bench/opening.mjs [--quick] [--json FILE]
 *
 * COLLABCANVAS_BIN, COLLABCANVAS_PLUGINS and COLLABCANVAS_WEB say where the server and its parts are, CHROMIUM names
 * the browser. The page itself says how far it is (`src/opening/milestones.ts`); every shape is drawn by its plugin,
 * which is checked. It exits with 1 when a limit is missed.
 */

import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freePort, startServer } from "../../tests/e2e/server.mjs";
import { removeFolder, withBrowser } from "./browser.mjs";
import { fillCanvas } from "./canvas-of-shapes.mjs";

const { values: options } = parseArgs({
  options: { quick: { type: "boolean", default: false }, json: { type: "string" } },
});

/** Milliseconds until every shape is drawn, by the number of shapes. */
const LIMITS = { 10000: 1_000, 50000: 3_000 };
const SIZES = options.quick ? [10_000] : [10_000, 50_000];
const RUNS = options.quick ? 3 : 7;

/** What the page marks, in the order in which it comes about. */
const STEPS = [
  ["script", "page's code runs"],
  ["plugins", "a plugin draws"],
  ["snapshot", "canvas is there"],
  ["drawn", "all drawn"],
];

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Opens the canvas once in a context of its own; gives the milliseconds of each step. */
async function openOnce(browser, storageState, address, shapes) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, storageState });
  try {
    const page = await context.newPage();
    await page.goto(address, { waitUntil: "commit" });
    const marked = (name) => performance.getEntriesByName(`collabcanvas:${name}`).length > 0;
    await page.waitForFunction(marked, "drawn", { timeout: 60_000 });
    const drawn = await page.evaluate(() => {
      const { engine } = window.collabcanvas;
      return engine.order().filter((id) => engine.problemOf(id) === null).length;
    });
    if (drawn !== shapes) throw new Error(`${drawn} shapes are drawn by their plugins, expected ${shapes}`);
    const marks = await page.evaluate(() =>
      performance.getEntriesByType("mark").map(({ name, startTime }) => [name, startTime]),
    );
    const times = Object.fromEntries(marks);
    return Object.fromEntries(STEPS.map(([name]) => [name, times[`collabcanvas:${name}`]]));
  } finally {
    await context.close();
  }
}

/** A server with a canvas of so many shapes, opened again and again. */
async function measure(browser, shapes) {
  const ends = [];
  const test = { after: (end) => ends.unshift(end) };
  const data = await mkdtemp(join(tmpdir(), "opening-bench-"));
  test.after(() => removeFolder(data));
  try {
    const port = await freePort();
    const first = await startServer(test, data, port);
    const { storageState, address } = await fillCanvas(browser, first.signin, shapes);
    // What people open is a canvas of yesterday, not what the server has just been told.
    await first.stop();
    await startServer(test, data, port);
    await openOnce(browser, storageState, address, shapes);
    const runs = [];
    while (runs.length < RUNS) runs.push(await openOnce(browser, storageState, address, shapes));
    const medians = STEPS.map(([name]) => [name, Math.round(median(runs.map((run) => run[name])))]);
    const slowest = Math.round(Math.max(...runs.map(({ drawn }) => drawn)));
    return { shapes, ...Object.fromEntries(medians), slowest };
  } finally {
    for (const end of ends) await end();
  }
}

function table(results) {
  const row = (cells) => console.info(cells.map((cell) => String(cell).padStart(18)).join(""));
  row(["shapes", ...STEPS.map(([, title]) => title), "slowest run", "limit"]);
  for (const result of results) {
    const steps = STEPS.map(([name]) => result[name]);
    row([result.shapes, ...steps, result.slowest, LIMITS[result.shapes]]);
  }
  console.info(`Milliseconds since the start of the navigation, in a cold context; medians of ${RUNS} runs.`);
}

await withBrowser(async (page) => {
  const browser = page.context().browser();
  const results = [];
  for (const shapes of SIZES) results.push(await measure(browser, shapes));
  table(results);
  const report = { results, limits: LIMITS };
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
  else console.info(JSON.stringify(report));
  for (const { shapes, drawn } of results) {
    if (drawn <= LIMITS[shapes]) continue;
    console.error(`Missed: ${shapes} shapes took ${drawn} ms, more than ${LIMITS[shapes]} ms.`);
    process.exitCode = 1;
  }
});
