import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPage, removeFolder, serve, withBrowser } from "../../bench/browser.mjs";
import type { Rendered, RenderInBrowser } from "./testing/page";

/** As strict as the server's: no eval, no blob addresses, WebAssembly only. */
const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";

const testing = fileURLToPath(new URL("./testing", import.meta.url));
let folder = "";
let server = { address: "", close: () => {} };

beforeAll(async () => {
  folder = await buildPage(testing);
  const files = { "/": folder, "/plugins/": testing };
  server = await serve(files, { "content-security-policy": POLICY });
}, 60_000);

afterAll(async () => {
  server.close();
  await removeFolder(folder);
});

/** Has shapes of these types drawn by a real worker in Chromium. */
function render(types: string[]): Promise<Rendered> {
  return withBrowser(async (page) => {
    await page.goto(server.address);
    return page.evaluate((names) => (window as unknown as { render: RenderInBrowser }).render(names), types);
  });
}

describe("shape plugins in the browser's worker, under the server's content security policy", () => {
  test("P1: one that hangs is ended, and only the shape that hangs has a placeholder", async () => {
    const types = Array.from({ length: 130 }, (_, i) => (i === 70 ? "guest/hangs" : "guest/good"));
    const { problems, faults } = await render(types);
    expect(problems.flatMap((problem, i) => (problem === null ? [] : [[i, problem]]))).toEqual([
      [70, "The plugin “guest” did not answer in time for this shape."],
    ]);
    expect(faults.map(({ setAside }) => setAside)).toEqual([false, false]);
  }, 60_000);

  test("P3: one that traps gets a fresh instance, one that is missing takes nobody along", async () => {
    const { problems, faults } = await render(["guest/good", "guest/traps", "missing/any", "guest/good"]);
    expect(problems[0]).toBeNull();
    expect(problems[1]).toMatch(/unreachable executed/);
    expect(problems[2]).toMatch(/“missing” is not used in this tab/);
    expect(problems[3]).toBeNull();
    expect(faults).toContainEqual({ plugin: "guest", reason: "unreachable executed", setAside: false });
  }, 60_000);

  test("one that floods the log is cut off after 64 lines a call", async () => {
    const { problems, logs } = await render(["guest/floods", "guest/good"]);
    expect(problems).toEqual([null, null]);
    expect(logs).toHaveLength(64);
    expect(logs[0]).toEqual({ plugin: "guest", level: "info", message: "again" });
  }, 60_000);
});
