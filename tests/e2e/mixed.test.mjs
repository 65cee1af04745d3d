// P1, C5: a plugin that is more than shape types: its shapes are drawn in the browser, where its tools do not run.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { join } from "node:path";

import { Person, startBrowser } from "./person.mjs";
import { dataFolder, freePort, startServer, until } from "./server.mjs";

const guests = process.env.COLLABCANVAS_GUESTS ?? fileURLToPath(new URL("../../target/guests", import.meta.url));

/** Runs in the page: installs a plugin and enables it in a project. */
async function enable({ project, name, file }) {
  const ask = async (method, path, body, type) => {
    const response = await fetch(path, { method, body, headers: { "content-type": type } });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  const bytes = Uint8Array.from(file);
  const installed = await (await ask("POST", "/api/plugins", bytes, "application/wasm")).json();
  const body = JSON.stringify({ digest: installed.digest, granted: installed.capabilities });
  await ask("PUT", `/api/projects/${project}/plugins/${name}`, body, "application/json");
}

test("a plugin that is also a tool draws its shapes in the browser", async (t) => {
  const server = await startServer(t, dataFolder(t), await freePort());
  const person = await Person.arrive(await startBrowser(t), server.signin);
  await person.ready();
  const project = person.page.url().split("/").at(-1);
  const file = [...readFileSync(join(guests, "mixed.wasm"))];
  await person.page.evaluate(enable, { project, name: "mixed", file });
  const { plugins } = await person.page.evaluate(async (id) => (await fetch(`/api/projects/${id}`)).json(), project);
  const [type] = plugins.find(({ name }) => name === "mixed").shape_types;
  await person.draw(type.label, [300, 300], [420, 380]);
  await person.drawn();
  await person.saved();
  const [shape] = await person.shapes();
  assert.equal(shape.type, type.type);
  const isThere = async () => (await person.isDrawn(shape.id)) && (await person.drawnAt(360, 340));
  await until("the shape is drawn by its plugin", isThere);
});
