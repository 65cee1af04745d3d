/** Runs in the page: `drawing.mjs` calls these and reads the browser's own figures around each call. */

import { fitted } from "../../src/engine/camera";
import type { Camera, RenderSource } from "../../src/engine/types";
import { konva } from "./konva";
import { ours } from "./ours";
import { plain } from "./plain";
import { realPlugins, realShapes } from "./real";
import { instantSource, makeShapes } from "./shapes";
import type { Subject } from "./subject";

const PADDING = 4;

let subject: Subject | null = null;
let shapes = makeShapes(0);
const container = document.getElementById("stage") as HTMLDivElement;
const size = { width: container.clientWidth, height: container.clientHeight };

const nextFrame = (): Promise<void> => new Promise((resolve) => requestAnimationFrame(() => resolve()));

function field(): { x: number; y: number; width: number; height: number } {
  const side = Math.ceil(Math.sqrt(shapes.length)) * 80;
  return { x: 0, y: 0, width: side, height: side };
}

function wholeView(): Camera {
  return fitted(field(), size, PADDING, 1);
}

/** One twentieth of the field's area in sight. */
function closeView(): Camera {
  const { width } = field();
  const whole = wholeView();
  const zoom = whole.zoom * Math.sqrt(20);
  return { x: width / 2 - size.width / 2 / zoom, y: width / 2 - size.height / 2 / zoom, zoom };
}

async function each(updates: number, update: (i: number) => void): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < updates; i++) {
    await nextFrame();
    update(i);
  }
  await nextFrame();
  return performance.now() - start;
}

function need(): Subject {
  if (subject === null) throw new Error("first() comes first");
  return subject;
}

/** There and back, so that everything stays in sight. */
const swing = (i: number, period: number): number => Math.sin((2 * Math.PI * i) / period);

/** `ours` draws display lists made in the page, `worker` those of the plugin itself. */
type Kind = "ours" | "worker" | "plain" | "konva";

/** The canvas of this many shapes in the terms of one engine; gives back what makes that engine. */
async function prepare(kind: Kind, count: number): Promise<() => Subject> {
  shapes = makeShapes(count);
  if (kind === "plain") return () => plain(container);
  if (kind === "konva") return () => konva(container);
  let source: RenderSource = instantSource;
  if (kind === "worker") {
    const plugins = realPlugins();
    source = plugins;
    shapes = await realShapes(plugins, shapes);
  }
  return () => ours(container, source);
}

let make: (() => Subject) | null = null;
let settleFrames = 0;

const bench = {
  /** Gets ready whatever does not count as drawing. */
  async prepare(kind: Kind, count: number): Promise<void> {
    subject?.destroy();
    container.replaceChildren();
    make = await prepare(kind, count);
    // Ours may go on for some frames; the others are done in the first.
    settleFrames = kind === "ours" || kind === "worker" ? 30 : 2;
    await nextFrame();
  },
  /** Draws the canvas for the first time; gives back how long that took. */
  async first(): Promise<number> {
    if (make === null) throw new Error("prepare() comes first");
    const start = performance.now();
    subject = make();
    subject.setCamera(wholeView());
    await subject.load(shapes);
    await nextFrame();
    return performance.now() - start;
  },
  async settle(): Promise<void> {
    need().setCamera(wholeView());
    for (let i = 0; i < settleFrames; i++) await nextFrame();
  },
  panAll(updates: number): Promise<number> {
    const { x, y, zoom } = wholeView();
    return each(updates, (i) => {
      need().setCamera({ x: x + (60 * swing(i, 80)) / zoom, y: y + (30 * swing(i, 50)) / zoom, zoom });
    });
  },
  zoomAll(updates: number): Promise<number> {
    const { width } = field();
    const whole = wholeView();
    return each(updates, (i) => {
      const zoom = whole.zoom * (1 - 0.3 * Math.abs(swing(i, 120)));
      const half = { x: size.width / 2 / zoom, y: size.height / 2 / zoom };
      need().setCamera({ x: width / 2 - half.x, y: width / 2 - half.y, zoom });
    });
  },
  panClose(updates: number): Promise<number> {
    const { x, y, zoom } = closeView();
    return each(updates, (i) => {
      need().setCamera({ x: x + (200 * swing(i, 80)) / zoom, y: y + (100 * swing(i, 50)) / zoom, zoom });
    });
  },
  /** Takes hold of shapes all over the canvas. */
  grab(count: number, by: "oneself" | "others"): void {
    const step = Math.max(1, Math.floor(shapes.length / count));
    need().grab(shapes.filter((_, i) => i % step === 0).slice(0, count), by);
  },
  move(updates: number): Promise<number> {
    return each(updates, (i) => need().drag(200 * swing(i, 90), 120 * swing(i, 60)));
  },
  async release(): Promise<void> {
    need().release();
    for (let i = 0; i < settleFrames; i++) await nextFrame();
  },
};

export type Bench = typeof bench;

Object.assign(window, { bench });
