/** Panning while something is dragged to the edge of the screen, so that a drag may go further than one can see. */

import type { Point } from "../engine/types";
import type { Editor } from "./editor";

/** How near the edge it begins, in screen pixels. */
const ZONE = 28;
/** How fast the canvas moves at the very edge and beyond it, in screen pixels a millisecond: a screen in a second. */
const TOP_SPEED = 1;
/** Whoever only passes the edge, or drops something there, wants to stay: it begins after so long (ms), */
const DELAY = 180;
/** and reaches its speed in this time (ms). */
const RUN_UP = 400;
/** After a frame that took longer than this (ms) the canvas shall not leap. */
const LONGEST_FRAME = 50;

/** How fast to pan for a pointer at this place, in screen pixels a millisecond. */
export function edgeSpeed({ x, y }: Point, size: { width: number; height: number }): Point {
  return { x: alongAxis(x, size.width), y: alongAxis(y, size.height) };
}

function alongAxis(at: number, length: number): number {
  const into = Math.max(0, Math.min(1, (ZONE - at) / ZONE));
  const outOf = Math.max(0, Math.min(1, (at - (length - ZONE)) / ZONE));
  return TOP_SPEED * (outOf - into);
}

/** What one frame is asked for with, and taken back with. */
export interface Frames {
  request(run: (now: number) => void): number;
  cancel(handle: number): void;
}

const BROWSER: Frames = {
  request: (run) => requestAnimationFrame(run),
  cancel: (handle) => cancelAnimationFrame(handle),
};

export class EdgePan {
  #at: Point | null = null;
  #handle = 0;
  #since: number | null = null;
  #last = 0;

  /** `moved` is called after each step: what the pointer is over has changed though the pointer has not. */
  constructor(
    private readonly editor: Editor,
    private readonly moved: () => void,
    private readonly frames: Frames = BROWSER,
  ) {}

  /** Where the pointer that drags is now. */
  follow(screen: Point): void {
    const { x, y } = edgeSpeed(screen, this.editor.engine.size);
    if (x === 0 && y === 0) {
      this.stop();
      return;
    }
    this.#at = screen;
    this.#handle ||= this.frames.request((now) => this.#step(now));
  }

  stop(): void {
    this.frames.cancel(this.#handle);
    this.#handle = 0;
    this.#at = null;
    this.#since = null;
  }

  #step(now: number): void {
    this.#handle = 0;
    if (!this.#at) return;
    this.#since ??= now;
    const elapsed = Math.min(LONGEST_FRAME, now - this.#last);
    this.#last = now;
    const running = now - this.#since - DELAY;
    if (running > 0) this.#pan(edgeSpeed(this.#at, this.editor.engine.size), elapsed, running);
    // The step may have ended the drag.
    if (this.#at) this.#handle = this.frames.request((next) => this.#step(next));
  }

  #pan(speed: Point, elapsed: number, running: number): void {
    const { engine } = this.editor;
    const { x, y, zoom } = engine.camera;
    const way = (elapsed * Math.min(1, running / RUN_UP)) / zoom;
    engine.camera = { x: x + speed.x * way, y: y + speed.y * way, zoom };
    this.moved();
  }
}
