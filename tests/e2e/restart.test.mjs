// The server ends, as it is asked to, and another one takes its place: the pages go on as if nothing had been.

import assert from "node:assert/strict";
import { test } from "node:test";

import { agreement, Person, startBrowser } from "./person.mjs";
import { dataFolder, freePort, startServer, until } from "./server.mjs";

/** What a page says of the connection, each time that it changes, and how often it loads the canvas. */
function watch(person) {
  const canvases = [];
  person.page.on("request", (request) => {
    if (new URL(request.url()).pathname.endsWith("/canvas")) canvases.push(request.url());
  });
  return person.page
    .evaluate(() => {
      const { sync } = window.collabcanvas;
      window.neverReloaded = true;
      window.phases = [];
      sync.state.subscribe(() => {
        const { phase } = sync.state.value;
        if (window.phases.at(-1)?.phase !== phase) window.phases.push({ phase, at: performance.now() });
      });
    })
    .then(() => canvases);
}

/** Everything about the page that a restart must leave alone. */
const held = (person) =>
  person.page.evaluate(() => {
    const { editor, engine } = window.collabcanvas;
    return {
      neverReloaded: window.neverReloaded,
      selection: editor.selection.value,
      camera: engine.camera,
      canUndo: editor.history.canUndo.value,
      tool: editor.tools.current.value.name,
    };
  });

test("a restart of the server goes on under somebody's hands, without a reload (D2, D3, S1)", async (t) => {
  const data = dataFolder(t);
  const port = await freePort();
  let server = await startServer(t, data, port);
  const browser = await startBrowser(t);
  const ada = await Person.arrive(browser, server.signin);
  await ada.ready();
  const bob = await Person.arrive(browser, server.signin);
  await bob.ready();
  await ada.draw("Rectangle", [200, 150], [360, 260]);
  await ada.draw("Ellipse", [420, 150], [580, 260]);
  await Promise.all([ada.saved(), bob.saved()]);
  await agreement([ada, bob]);
  const canvases = await watch(ada);

  // Ada holds the ellipse while the server ends, and lets go when there is none.
  const { mouse } = ada.page;
  await ada.press("v");
  await mouse.move(500, 205);
  await mouse.down();
  await mouse.move(520, 300);
  await mouse.move(540, 400);
  const before = await held(ada);
  assert.equal(before.tool, "select.translating");
  assert.equal(await server.stop("SIGTERM"), 0);
  await mouse.move(540, 420);
  await until("Ada's page has seen it", () => ada.page.evaluate(() => window.phases.some(({ phase }) => phase !== "online")));
  assert.deepEqual(await held(ada), before, "the drag goes on");
  await mouse.move(540, 450);
  await mouse.up();
  await ada.draw("Diamond", [200, 450], [320, 560]);

  server = await startServer(t, data, port);
  await Promise.all([ada.saved(), bob.saved()]);
  const shapes = await agreement([ada, bob]);
  assert.deepEqual(shapes.map(({ type }) => type).sort(), ["basic/diamond", "basic/ellipse", "basic/rectangle"]);
  const after = await held(ada);
  assert.equal(after.neverReloaded, true);
  assert.deepEqual(after.camera, before.camera);
  assert.deepEqual(canvases, [], "a server that can say what changed is not asked for the whole canvas");
  // The watch may have begun with a word about the phase that already was.
  const all = await ada.page.evaluate(() => window.phases);
  const phases = all.slice(all.findIndex(({ phase }) => phase !== "online"));
  assert.equal(phases[0].phase, "moving", "no more is said than has to be");
  if (phases[1].phase !== "online") assert.ok(phases[1].at - phases[0].at > 900, JSON.stringify(phases));

  const ellipse = shapes.find(({ type }) => type === "basic/ellipse");
  await ada.press("Control+z");
  await ada.press("Control+z");
  await until("Bob sees the drag undone as one", async () => {
    const now = (await bob.shapes()).find(({ id }) => id === ellipse.id);
    return ellipse.y - now.y > 150;
  });
  assert.deepEqual([ada.errors, bob.errors], [[], []]);
});
