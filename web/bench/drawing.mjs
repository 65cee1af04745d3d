/**
 * The drawing benchmark: CPU of the page's main thread for the first drawing and per update (pan, zoom, drag of 500),
 * for our engine, for a plain full redraw and for Konva, in one browser and one run.
 *
 *     node bench/drawing.mjs [--quick] [--json FILE] [--plugins FOLDER]
 *
 * FOLDER holds browser builds by plugin name (`basic/plugin.js`); with it the shapes are also drawn by the real plugin
 * in the app's worker. CHROMIUM names the browser. It exits with 1 when a limit of the engine's is missed.
 */

import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildPage, removeFolder, serve, withBrowser } from "./browser.mjs";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    plugins: { type: "string", default: process.env.BENCH_PLUGINS },
  },
});

/** Milliseconds of main-thread CPU at 10,000 shapes: for the first drawing, and per update. */
const LIMITS = { first: 300, panAll: 4, zoomAll: 12, drag: 5 };

const SCENES = [
  { name: "panAll", title: "pan, all" },
  { name: "zoomAll", title: "zoom, all" },
  { name: "panClose", title: "pan, 5 %" },
  { name: "drag", title: "drag 500", grabs: [500, "oneself"] },
  { name: "others", title: "100 by others", grabs: [100, "others"] },
];

const ROUNDS = options.quick ? 1 : 3;
/** The slow ones get fewer updates: more would tell no more. */
const UPDATES = { ours: 120, worker: 120, plain: 15, konva: 15 };

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const round = (value) => Math.round(value * 100) / 100;

/** One scene: CPU per update and updates a second. */
async function measure(page, metrics, kind, { name, grabs }) {
  await page.evaluate(() => window.bench.settle());
  if (grabs) {
    await page.evaluate(([count, by]) => window.bench.grab(count, by), grabs);
    await page.evaluate(() => window.bench.settle());
  }
  const updates = UPDATES[kind];
  const before = await metrics();
  const milliseconds = await page.evaluate(
    ([scene, count]) => window.bench[scene](count),
    [grabs ? "move" : name, updates],
  );
  const after = await metrics();
  if (grabs) await page.evaluate(() => window.bench.release());
  return {
    cpu: ((after.TaskDuration - before.TaskDuration) * 1000) / updates,
    rate: (updates / milliseconds) * 1000,
  };
}

/** One engine with one number of shapes, in a fresh browser: the figures of each round. */
async function subject(address, kind, shapes, scenes) {
  return withBrowser(async (page, metrics) => {
    await page.goto(address);
    const first = [];
    const firstClock = [];
    const rounds = Object.fromEntries(scenes.map(({ name }) => [name, []]));
    for (let i = 0; i < ROUNDS; i++) {
      await page.evaluate(([k, n]) => window.bench.prepare(k, n), [kind, shapes]);
      const before = await metrics();
      firstClock.push(await page.evaluate(() => window.bench.first()));
      first.push(((await metrics()).TaskDuration - before.TaskDuration) * 1000);
      for (const scene of scenes) rounds[scene.name].push(await measure(page, metrics, kind, scene));
    }
    const result = { kind, shapes, first: round(median(first)), firstClock: round(median(firstClock)) };
    for (const { name } of scenes) {
      result[name] = round(median(rounds[name].map(({ cpu }) => cpu)));
      result[`${name}Rate`] = round(median(rounds[name].map(({ rate }) => rate)));
    }
    return result;
  });
}

function row(cells, widths) {
  return cells.map((cell, i) => String(cell).padStart(widths[i])).join("  ");
}

const NAMES = {
  ours: "ours",
  worker: "ours, plugin's own worker",
  plain: "full redraw, no trick",
  konva: "Konva 10",
};

function table(results) {
  const widths = [27, 7, 18, ...SCENES.map(() => 15)];
  console.info(row(["", "shapes", "first (clock)", ...SCENES.map(({ title }) => title)], widths));
  for (const result of results) {
    const cells = SCENES.map(({ name }) =>
      result[name] === undefined
        ? "–"
        : `${result[name].toFixed(1)} (${Math.round(result[`${name}Rate`])}/s)`,
    );
    console.info(
      row(
        [
          NAMES[result.kind],
          result.shapes,
          `${Math.round(result.first)} (${Math.round(result.firstClock)})`,
          ...cells,
        ],
        widths,
      ),
    );
  }
  console.info("CPU milliseconds of the main thread, per update (updates per second); medians.");
}

/** How many times less CPU than the others in this run. */
function ratios(results) {
  const find = (kind) => results.find((result) => result.kind === kind && result.shapes === 10_000);
  const ours = find("ours");
  return ["plain", "konva"].flatMap((kind) => {
    const other = find(kind);
    if (ours === undefined || other === undefined) return [];
    const times = SCENES.map(({ name, title }) => [title, round(other[name] / ours[name])]);
    return [{ against: NAMES[kind], ...Object.fromEntries(times) }];
  });
}

function missed(results) {
  const ours = results.find(({ kind, shapes }) => kind === "ours" && shapes === 10_000);
  return Object.entries(LIMITS).filter(([name, limit]) => ours[name] > limit);
}

const folder = await buildPage(join(dirname(fileURLToPath(import.meta.url)), "page"));
const withPlugins = options.plugins !== undefined && existsSync(join(options.plugins, "basic/plugin.js"));
const server = await serve(withPlugins ? { "/": folder, "/plugins/": options.plugins } : { "/": folder });
try {
  const results = [await subject(server.address, "ours", 10_000, SCENES)];
  if (withPlugins) results.push(await subject(server.address, "worker", 10_000, SCENES));
  results.push(await subject(server.address, "plain", 10_000, SCENES));
  results.push(await subject(server.address, "konva", 10_000, SCENES));
  for (const shapes of options.quick ? [] : [50_000, 100_000]) {
    results.push(await subject(server.address, "ours", shapes, SCENES));
  }
  table(results);
  for (const { against, ...times } of ratios(results)) {
    const list = Object.entries(times).map(([title, factor]) => `${title} ${factor}×`);
    console.info(`Less CPU than ${against}: ${list.join(", ")}`);
  }
  const report = { results, ratios: ratios(results), limits: LIMITS };
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
  else console.info(JSON.stringify(report));
  for (const [name, limit] of missed(results)) {
    console.error(`Missed: ${name} took more than ${limit} ms at 10,000 shapes.`);
    process.exitCode = 1;
  }
} finally {
  server.close();
  await removeFolder(folder);
}
