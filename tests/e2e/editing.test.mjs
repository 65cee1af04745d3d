// Working on the canvas with pointer, keys and fingers, as far as only a real browser can tell.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Person, startBrowser } from "./person.mjs";
import { dataFolder, freePort, startServer, until } from "./server.mjs";

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/** Somebody alone on an empty canvas. */
async function alone(t, options) {
  const server = await startServer(t, dataFolder(t), await freePort());
  const browser = await startBrowser(t);
  const person = await Person.arrive(browser, server.signin, options);
  await person.ready();
  t.after(() => assert.deepEqual(person.errors, []));
  return { person, browser, server };
}

const camera = ({ page }) => page.evaluate(() => window.collabcanvas.engine.camera);
const only = async (person) => (await person.shapes())[0];

test("whoever comes later sees all of the canvas, however far it reaches", async (t) => {
  const { person: ada, browser, server } = await alone(t);
  await ada.draw("Rectangle", [200, 150], [360, 260]);
  await ada.page.mouse.move(640, 400);
  await ada.page.mouse.wheel(3000, 2000);
  await ada.draw("Star", [700, 500], [900, 700]);
  await ada.saved();
  const eve = await Person.arrive(browser, server.signin, PHONE);
  await eve.drawn();
  const corners = await eve.page.evaluate(() => {
    const { engine } = window.collabcanvas;
    const { x, y, width, height } = engine.contentBounds();
    return [engine.canvasToScreen({ x, y }), engine.canvasToScreen({ x: x + width, y: y + height })];
  });
  for (const { x, y } of corners) assert.ok(x >= 0 && x <= 390 && y >= 0 && y <= 844, `${x}, ${y} is on the screen`);
});

test("a name is changed, others see it, and a name that will not do is refused with the reason", async (t) => {
  const { person: ada, browser, server } = await alone(t);
  const bob = await Person.arrive(browser, server.signin);
  await bob.ready();
  await ada.page.getByRole("button", { name: "Change your name" }).click();
  const field = ada.page.getByRole("textbox", { name: "Your name" });
  await field.fill("x".repeat(81));
  await ada.page.getByText("A name has at most 80 characters; these are 81.").waitFor();
  await field.fill("Ada Lovelace");
  await ada.press("Enter");
  await bob.page.getByRole("button", { name: "Follow Ada Lovelace" }).waitFor();
  await ada.page.getByRole("button", { name: "Ada Lovelace (you)" }).waitFor();
});

test("the theme is light, dark, or what the system says", async (t) => {
  const { person: ada } = await alone(t, { colorScheme: "light" });
  const choose = async (name) => {
    await ada.page.getByRole("button", { name: "Main menu" }).click();
    await ada.page.getByRole("menuitemradio", { name }).click();
  };
  const scheme = (wanted) =>
    ada.page.waitForFunction((scheme) => document.documentElement.dataset.mantineColorScheme === scheme, wanted);
  await scheme("light");
  await choose("Dark");
  await scheme("dark");
  await choose("As the system");
  await scheme("light");
  await ada.page.emulateMedia({ colorScheme: "dark" });
  await scheme("dark");
});

test("a shape snaps to another while it is moved, unless Control is held", async (t) => {
  const { person: ada } = await alone(t);
  await ada.draw("Rectangle", [200, 150], [300, 250]);
  await ada.draw("Ellipse", [500, 400], [560, 460]);
  const ellipse = async () => (await ada.shapes()).find(({ type }) => type === "basic/ellipse");
  await ada.drag([530, 430], [234, 430]);
  assert.equal((await ellipse()).x, 200);
  await ada.page.keyboard.down("Control");
  await ada.drag([230, 430], [234, 430]);
  await ada.page.keyboard.up("Control");
  assert.equal((await ellipse()).x, 204);
});

test("a drag to the edge of the screen pans the canvas, and the shape stays under the pointer", async (t) => {
  const { person: ada } = await alone(t);
  await ada.draw("Rectangle", [600, 350], [700, 450]);
  const { mouse } = ada.page;
  await mouse.move(650, 400);
  await mouse.down();
  await mouse.move(1000, 400);
  await mouse.move(1278, 400);
  await until("the canvas has moved", async () => (await camera(ada)).x > 300);
  await mouse.move(640, 400);
  await mouse.up();
  const { x } = await camera(ada);
  assert.ok(Math.abs((await only(ada)).x - (x + 590)) < 8, "where it was let go");
  await ada.press("Control+z");
  assert.equal((await only(ada)).x, 600);
});

test("keys: nudge, select all, duplicate, delete, undo, zoom, and the sheet that tells them", async (t) => {
  const { person: ada } = await alone(t);
  await ada.press("r");
  await ada.drag([200, 150], [300, 250]);
  await ada.press("ArrowRight");
  await ada.press("Shift+ArrowDown");
  const moved = await only(ada);
  assert.deepEqual([moved.x, moved.y], [201, 160]);
  await ada.press("Control+d");
  await ada.press("Control+a");
  await ada.press("Delete");
  assert.equal((await ada.shapes()).length, 0);
  await ada.press("Control+z");
  assert.equal((await ada.shapes()).length, 2);
  await ada.press("Control+=");
  assert.equal((await camera(ada)).zoom, 1.25);
  await ada.press("Control+0");
  assert.equal((await camera(ada)).zoom, 1);
  await ada.press("?");
  await ada.page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await ada.press("Escape");
  await ada.page.getByRole("dialog").waitFor({ state: "detached" });
});

test("after a press among the properties keys mean the canvas, and a style is one step of undo", async (t) => {
  const { person: ada } = await alone(t);
  await ada.draw("Rectangle", [200, 150], [360, 260]);
  const properties = ada.page.getByRole("complementary", { name: "Properties" });
  await properties.getByText("Dashed").click();
  await until("the line is dashed", async () => (await only(ada)).props.dash === "dashed");
  await ada.press("Control+z");
  assert.equal((await only(ada)).props.dash, "solid");
  await ada.press("ArrowRight");
  assert.equal((await only(ada)).x, 201);
  await ada.press("Control+d");
  assert.equal((await ada.shapes()).length, 2);

  await ada.press("Control+a");
  await ada.press("Delete");
  await ada.press("t");
  await ada.page.mouse.click(500, 300);
  await ada.page.keyboard.type("Hello");
  await ada.press("Escape");
  const before = await only(ada);
  await ada.press("Escape");
  await ada.page.mouse.click(before.x + before.width / 2, before.y + before.height / 2);
  const size = properties.getByRole("textbox", { name: "Size" });
  await size.fill("60");
  await ada.press("Enter");
  await until("the text is larger, and its box with it", async () => (await only(ada)).height > before.height + 20);
  await ada.press("Control+z");
  assert.deepEqual(await only(ada), before);
});

test("without a pointer a shape is placed, and another is selected", async (t) => {
  const { person: ada } = await alone(t);
  for (const key of ["r", "Enter", "s", "Enter"]) await ada.press(key);
  const selected = () => ada.page.evaluate(() => {
    const { selection, document } = window.collabcanvas.editor;
    return selection.value.map((id) => document.get(id).type);
  });
  assert.deepEqual(await selected(), ["basic/star"]);
  await ada.press(",");
  assert.deepEqual(await selected(), ["basic/rectangle"]);
  await ada.page.getByRole("status").getByText("Rectangle, 1 of 2").waitFor({ state: "attached" });
  await ada.press(".");
  assert.deepEqual(await selected(), ["basic/star"]);
});

test("on a phone: draw with a finger, pinch, and find every tool", async (t) => {
  const { person: ada } = await alone(t, PHONE);
  const session = await ada.context.newCDPSession(ada.page);
  const touch = (type, ...points) =>
    session.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
  await ada.page.getByRole("button", { name: "Rectangle" }).tap();
  await touch("touchStart", [100, 200]);
  await touch("touchMove", [160, 260]);
  await touch("touchMove", [220, 320]);
  await touch("touchEnd");
  await until("a rectangle is there", async () => (await ada.shapes()).length === 1);
  const { width, height } = await only(ada);
  assert.deepEqual([width, height], [120, 120]);

  await touch("touchStart", [100, 500], [200, 500]);
  await touch("touchMove", [60, 500], [260, 500]);
  await touch("touchEnd");
  assert.ok((await camera(ada)).zoom > 1.5, "two fingers zoom");
  assert.equal((await only(ada)).x, 100, "and draw nothing");

  await ada.page.getByRole("button", { name: "Ellipse" }).tap();
  await touch("touchStart", [100, 600], [200, 600]);
  await touch("touchMove", [120, 600], [180, 600]);
  await touch("touchEnd");
  await touch("touchStart", [100, 560]);
  await touch("touchMove", [160, 640]);
  await touch("touchEnd");
  await until("the tool was still the ellipse's", async () => (await ada.shapes()).length === 2);
  // A finger that is lifted in full motion flings, and Chromium takes the next tap for the end of that.
  await ada.page.touchscreen.tap(300, 500);

  await ada.page.getByRole("button", { name: "Text", exact: true }).tap();
  await ada.page.touchscreen.tap(300, 640);
  await ada.page.getByRole("textbox", { name: "Text" }).first().waitFor();
});

test("from one project to another and back, each opens with its own canvas", async (t) => {
  const { person: ada } = await alone(t);
  const { page } = ada;
  await ada.draw("Rectangle", [200, 150], [360, 260]);
  await ada.saved();
  const projects = async () => {
    await page.getByRole("button", { name: "Main menu" }).click();
    await page.getByRole("menuitem", { name: "Your projects" }).click();
    await page.getByRole("heading", { name: "Projects" }).waitFor();
  };
  await projects();
  await page.getByLabel("New project").fill("Another");
  await page.getByRole("button", { name: "Create" }).click();
  await ada.ready();
  await page.getByText("An empty canvas").waitFor();
  assert.deepEqual(await ada.shapes(), []);
  await projects();
  await page.getByRole("button", { name: "My canvas" }).click();
  await ada.ready();
  await until("the rectangle is there", async () => (await ada.shapes()).length === 1);
  await page.goBack();
  await page.getByRole("heading", { name: "Projects" }).waitFor();
});
