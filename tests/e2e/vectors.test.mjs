// C6: shape types answer the shared vectors in Chromium as they do in Wasmtime (tests/vectors/answers).

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { Person, startBrowser } from "./person.mjs";
import { dataFolder, freePort, startServer } from "./server.mjs";

const folder = new URL("../vectors/", import.meta.url);
const read = (name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")).cases;

/** Runs in the page: what the plugin answers to each case, in the form of the committed answers. */
async function answersOf({ entry, cases }) {
  const { instantiate } = await import(entry);
  const base = entry.slice(0, entry.lastIndexOf("/") + 1);
  const log = { write() {} };
  const imports = {};
  for (const version of ["", "@0.1.0"]) {
    imports[`collabcanvas:plugin/log${version}`] = log;
    imports[`collabcanvas:plugin/types${version}`] = {};
    imports[`collabcanvas:plugin/drawing${version}`] = {};
  }
  const { shapes } = await instantiate((path) => WebAssembly.compileStreaming(fetch(base + path)), imports);
  // The contract's names in place of JavaScript's, lists in place of typed arrays, absent in place of undefined.
  const plain = (value) => {
    if (ArrayBuffer.isView(value)) return [...value];
    if (Array.isArray(value)) return value.map(plain);
    if (value === null || typeof value !== "object") return value;
    const named = Object.entries(value).filter(([, member]) => member !== undefined);
    return Object.fromEntries(
      named.map(([name, member]) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), plain(member)]),
    );
  };
  const problem = ({ code, path }) => ({ err: path === undefined ? { code } : { code, path } });
  return cases.map(({ type, width, height, props }) => {
    const input = { id: "vector", type, width, height, references: [] };
    const [checked] = shapes.validate([{ ...input, props }]);
    if (checked.tag === "err") return { validate: problem(checked.val) };
    const { props: normal, size } = checked.val;
    const [drawn] = shapes.render([{ ...input, ...size, props: normal }]);
    const render = drawn.tag === "ok" ? { ok: plain(drawn.val) } : problem(drawn.val);
    return { validate: { ok: { props: JSON.parse(normal), ...(size && { size: plain(size) }) } }, render };
  });
}

test("every shared vector has the same answers in Chromium as in Wasmtime (C6)", async (t) => {
  const server = await startServer(t, dataFolder(t), await freePort());
  const person = await Person.arrive(await startBrowser(t), server.signin);
  await person.ready();
  const project = person.page.url().split("/").at(-1);
  const { plugins } = await person.page.evaluate(async (id) => (await fetch(`/api/projects/${id}`)).json(), project);
  let compared = 0;
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
    const plugin = file.replace(".json", "");
    const { entry } = plugins.find(({ name }) => name === plugin);
    const expected = new Map(read(`answers/${file}`).map((answer) => [answer.name, answer]));
    // The host itself refuses some before any plugin sees them.
    const cases = read(file).filter(({ name }) => expected.get(name)?.unreadable === undefined);
    const answers = await person.page.evaluate(answersOf, { entry, cases: cases.map(({ input }) => input) });
    cases.forEach(({ name }, place) => {
      const { name: _, ...wanted } = expected.get(name);
      assert.deepEqual(answers[place], wanted, `${plugin}: ${name}`);
      compared += 1;
    });
  }
  assert.ok(compared > 100, `only ${compared} vectors were compared`);
});
