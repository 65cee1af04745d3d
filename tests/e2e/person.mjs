// Somebody with a browser: what a test makes people do, and what it can see of their canvas.

import { createRequire } from "node:module";

import { until } from "./server.mjs";

const { chromium } = createRequire(new URL("../../web/package.json", import.meta.url))("playwright-core");

/** Chromium without anything that reaches for the network by itself. */
export async function startBrowser(test) {
  const flags = "no-sandbox disable-gpu disable-quic no-first-run disable-background-networking disable-component-update disable-sync";
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: flags.split(" ").map((flag) => `--${flag}`),
  });
  test.after(() => browser.close());
  return browser;
}

export class Person {
  /** Somebody with a browser profile of their own. */
  static async arrive(browser, link, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    context.setDefaultTimeout(60_000);
    const page = await context.newPage();
    const errors = [];
    page.on("pageerror", (error) => errors.push(error.message));
    const person = new Person(context, page, errors);
    await page.goto(link);
    return person;
  }

  constructor(context, page, errors) {
    Object.assign(this, { context, page, errors });
  }

  /** Waits for the canvas to be there and the socket to be open. */
  async ready() {
    await this.page.waitForFunction(() => window.collabcanvas?.sync.state.value.phase === "online", null, { timeout: 60_000 });
  }

  /** Waits until the canvas that was opened has been painted whole. */
  async drawn() {
    await this.page.waitForFunction(() => performance.getEntriesByName("collabcanvas:drawn").length > 0, null, { timeout: 60_000 });
  }

  /** Chooses a tool by its name and drags from one point to another. */
  async draw(tool, from, to) {
    await this.page.getByRole("radio", { name: tool, exact: false }).or(this.page.getByRole("button", { name: tool })).first().click();
    await this.drag(from, to);
  }

  async drag([x, y], [toX, toY]) {
    const { mouse } = this.page;
    await mouse.move(x, y);
    await mouse.down();
    await mouse.move((x + toX) / 2, (y + toY) / 2);
    await mouse.move(toX, toY);
    await mouse.up();
  }

  /** Where a point of the canvas is on this person's screen: who comes later has it all fitted to the screen. */
  at([x, y]) {
    return this.page.evaluate(([x, y]) => {
      const on = window.collabcanvas.engine.canvasToScreen({ x, y });
      return [on.x, on.y];
    }, [x, y]);
  }

  press(key) {
    return this.page.keyboard.press(key);
  }

  /** The shapes as this browser shows them, by id. */
  shapes() {
    return this.page.evaluate(() =>
      [...window.collabcanvas.editor.document.shapes()].sort((a, b) => (a.id < b.id ? -1 : 1)),
    );
  }

  /** What the interface says of the connection. */
  phase() {
    return this.page.evaluate(() => window.collabcanvas.sync.state.value.phase);
  }

  /** How many own edits are not stored safely yet. */
  unsaved() {
    return this.page.evaluate(() => window.collabcanvas.sync.state.value.unsaved);
  }

  async saved() {
    await until("everything is saved", async () => (await this.phase()) === "online" && (await this.unsaved()) === 0);
  }

  /** The cursors of others that are on this person's screen. */
  cursors() {
    return this.page.evaluate(() => {
      const others = window.collabcanvas.sync.people.others.value;
      return others.flatMap((person) => (person.cursor ? [person.cursor] : []));
    });
  }

  /** Whether a shape is drawn by its plugin, and no placeholder stands for it. */
  isDrawn(id) {
    return this.page.evaluate((id) => {
      const { engine } = window.collabcanvas;
      return engine.order().includes(id) && engine.problemOf(id) === null;
    }, id);
  }

  /** Whether any pixel near a point of the screen is not the plain paper: something is drawn there. */
  async drawnAt(x, y) {
    const clip = { x: x - 3, y: y - 3, width: 6, height: 6 };
    const found = await this.page.screenshot({ clip });
    const away = await this.page.screenshot({ clip: { ...clip, x: 900, y: 700 } });
    return !found.equals(away);
  }
}

/** Waits until everybody shows the same shapes, and gives them. */
export async function agreement(people) {
  let shapes;
  await until("everybody shows the same", async () => {
    const all = await Promise.all(people.map((person) => person.shapes()));
    shapes = all[0];
    return all.every((other) => JSON.stringify(other) === JSON.stringify(shapes));
  });
  return shapes;
}
