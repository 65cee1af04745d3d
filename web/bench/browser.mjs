/** A headless Chromium, and a page for it that is built as the app is: for benchmarks and for tests of the worker. */

import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { chromium } from "playwright-core";
import { build } from "vite";

// Without these the browser looks for its maker's servers at every start.
const QUIET = [
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
};

/** Builds a folder with an index.html into a temporary folder. */
export async function buildPage(root) {
  const outDir = await mkdtemp(join(tmpdir(), "drawing-bench-"));
  await build({
    root,
    configFile: false,
    logLevel: "error",
    worker: { format: "es" },
    build: { outDir, emptyOutDir: true, target: "es2023" },
  });
  return outDir;
}

/** Serves folders by prefix on a free port of this machine: `{ "/": folder, "/plugins/": other }`, with these headers. */
export async function serve(folders, headers = {}) {
  const prefixes = Object.keys(folders).sort((a, b) => b.length - a.length);
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, "http://x").pathname);
    const prefix = prefixes.find((candidate) => path.startsWith(candidate));
    const file = join(folders[prefix], path === "/" ? "index.html" : path.slice(prefix.length));
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    try {
      const body = await readFile(file);
      response.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream");
      response.end(body);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { address: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

/** Calls `use(page, metrics)` in a fresh browser; `metrics()` reads the main thread's CPU seconds so far. */
export async function withBrowser(use) {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  if (!existsSync(executablePath)) {
    const mend = "install it (Debian: apt-get install chromium) or name another with CHROMIUM=PATH";
    throw new Error(`Found no browser at ${executablePath}, expected Chromium: ${mend}.`);
  }
  const browser = await chromium.launch({
    executablePath,
    args: ["--headless=new", "--no-sandbox", "--disable-gpu", ...QUIET],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.on("pageerror", (error) => console.error(`page: ${error.stack}`));
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable", { timeDomain: "threadTicks" });
    const metrics = async () => {
      const { metrics: list } = await session.send("Performance.getMetrics");
      return Object.fromEntries(list.map(({ name, value }) => [name, value]));
    };
    return await use(page, metrics);
  } finally {
    await browser.close();
  }
}

export function removeFolder(folder) {
  return rm(folder, { recursive: true, force: true });
}
