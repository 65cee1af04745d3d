// The story of the canvas, as people live it: draw, see each other, undo, lose the server, find everything again.

import assert from "node:assert/strict";
import { test } from "node:test";

import { agreement, Person, startBrowser } from "./person.mjs";
import { dataFolder, freePort, startServer, until } from "./server.mjs";

const types = (shapes) => shapes.map((shape) => shape.type).sort();

test("two people draw together, the server is killed, and everything is there again (S1, D1)", async (t) => {
  const data = dataFolder(t);
  const port = await freePort();
  let server = await startServer(t, data, port);
  const browser = await startBrowser(t);
  const ada = await Person.arrive(browser, server.signin);
  await ada.ready();

  await ada.draw("Rectangle", [200, 150], [360, 260]);
  await ada.draw("Ellipse", [420, 150], [580, 260]);
  await ada.draw("Star", [640, 150], [800, 300]);
  assert.deepEqual(types(await ada.shapes()), ["basic/ellipse", "basic/rectangle", "basic/star"]);
  await until("the rectangle's edge is drawn", () => ada.drawnAt(280, 150));

  const bob = await Person.arrive(browser, server.signin);
  await bob.ready();
  await agreement([ada, bob]);
  const tip = await bob.at([720, 165]);
  await until("the star is drawn for Bob", () => bob.drawnAt(...tip));

  await ada.page.mouse.move(500, 420);
  await until("Bob sees Ada's cursor", async () => (await bob.cursors()).length === 1);

  const before = (await agreement([ada, bob])).find((shape) => shape.type === "basic/rectangle");
  await bob.press("v");
  await bob.drag(await bob.at([280, 200]), await bob.at([280, 420]));
  await until("Ada sees the move", async () => {
    const moved = (await ada.shapes()).find((shape) => shape.id === before.id);
    return Math.abs(moved.y - before.y - 220) < 2;
  });
  await bob.press("Control+z");
  await until("Ada sees it undone", async () => {
    const back = (await ada.shapes()).find((shape) => shape.id === before.id);
    return back.y === before.y;
  });

  await Promise.all([ada.saved(), bob.saved()]);
  const drawn = await agreement([ada, bob]);
  await server.kill();
  await until("Ada is told", async () => (await ada.phase()) !== "online");
  await ada.draw("Diamond", [200, 450], [320, 560]);
  assert.equal((await ada.shapes()).length, drawn.length + 1, "work goes on without the server");

  server = await startServer(t, data, port);
  await Promise.all([ada.saved(), bob.saved()]);
  const after = await agreement([ada, bob]);
  assert.deepEqual(types(after), ["basic/diamond", "basic/ellipse", "basic/rectangle", "basic/star"]);
  for (const shape of drawn) assert.deepEqual(after.find((other) => other.id === shape.id), shape);

  await Promise.all([ada.page.reload(), bob.page.reload()]);
  await Promise.all([ada.ready(), bob.ready()]);
  assert.deepEqual(await agreement([ada, bob]), after, "a reload shows the same");
  assert.deepEqual([ada.errors, bob.errors], [[], []]);
});

test("an edit made offline is sent on return, even when the tab was closed in between (D3)", async (t) => {
  const data = dataFolder(t);
  const port = await freePort();
  let server = await startServer(t, data, port);
  const browser = await startBrowser(t);
  const ada = await Person.arrive(browser, server.signin);
  await ada.ready();
  await ada.draw("Rectangle", [200, 150], [360, 260]);
  await ada.saved();

  await server.kill();
  await until("Ada is told", async () => (await ada.phase()) !== "online");
  await ada.draw("Star", [420, 150], [560, 290]);
  await until("the edit is kept in the browser", async () => (await ada.unsaved()) > 0);
  const canvas = ada.page.url();
  await until("it is in the database", () =>
    ada.page.evaluate(async () => {
      const names = (await indexedDB.databases()).map(({ name }) => name);
      return names.length > 0;
    }),
  );
  await ada.page.close();

  server = await startServer(t, data, port);
  const page = await ada.context.newPage();
  await page.goto(canvas);
  const again = new Person(ada.context, page, []);
  await again.ready();
  await again.saved();
  const bob = await Person.arrive(browser, server.signin);
  await bob.ready();
  assert.deepEqual(types(await agreement([again, bob])), ["basic/rectangle", "basic/star"]);
});

test("a viewer sees everything and changes nothing, and becomes an editor without a reload (A1, A2)", async (t) => {
  const server = await startServer(t, dataFolder(t), await freePort());
  const browser = await startBrowser(t);
  const ada = await Person.arrive(browser, server.signin);
  await ada.ready();
  await ada.draw("Rectangle", [200, 150], [360, 260]);
  const project = ada.page.url().split("/").at(-1);
  const { link } = await ada.page.evaluate(async (project) => {
    const response = await fetch(`/api/projects/${project}/invitations`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ role: "viewer" }),
    });
    return response.json();
  }, project);
  const eve = await Person.arrive(browser, link);
  await eve.page.getByRole("textbox").first().fill("Eve");
  await eve.press("Enter");
  await eve.ready();
  await agreement([ada, eve]);
  await eve.drag(await eve.at([280, 200]), await eve.at([500, 400]));
  await eve.press("Delete");
  assert.equal((await ada.shapes()).length, 1);
  assert.deepEqual(await eve.shapes(), await ada.shapes(), "a viewer's drag changes nothing, not even on their own screen");

  await ada.page.evaluate(async (project) => {
    const members = await (await fetch(`/api/projects/${project}/members`)).json();
    const eve = members.find((member) => member.user.name === "Eve");
    await fetch(`/api/projects/${project}/members/${eve.user.id}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ role: "editor" }),
    });
  }, project);
  await until("Eve may edit", () => eve.page.evaluate(() => window.collabcanvas.sync.mayEdit));
  await eve.draw("Star", [420, 300], [560, 440]);
  await until("Ada sees Eve's star", async () => (await ada.shapes()).length === 2);
});

test("Ctrl-C saves, and ends with success (D5)", async (t) => {
  const data = dataFolder(t);
  const port = await freePort();
  let server = await startServer(t, data, port);
  const browser = await startBrowser(t);
  const ada = await Person.arrive(browser, server.signin);
  await ada.ready();
  await ada.draw("Rectangle", [200, 150], [360, 260]);
  assert.equal(await server.stop(), 0);
  server = await startServer(t, data, port);
  const bob = await Person.arrive(browser, server.signin);
  await bob.ready();
  await until("the rectangle is there", async () => (await bob.shapes()).length === 1);
});
