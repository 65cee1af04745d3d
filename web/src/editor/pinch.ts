import type { Point } from "../engine/types";
import type { Editor } from "./editor";

/** Two fingers on the canvas: their distance zooms, their middle pans. */
export class Pinch {
  readonly #fingers = new Map<number, Point>();
  #active = false;

  constructor(private readonly editor: Editor) {}

  /** True: a second finger came, so what the first did is over. */
  down(finger: number, at: Point): boolean {
    this.#fingers.set(finger, at);
    this.#active ||= this.#fingers.size === 2;
    return this.#active;
  }

  /** True: the finger belongs to a pinch. */
  move(finger: number, at: Point): boolean {
    if (!this.#fingers.has(finger)) return false;
    const before = this.#span();
    this.#fingers.set(finger, at);
    const after = this.#span();
    if (!this.#active || !before || !after) return this.#active;
    const { engine } = this.editor;
    const { x, y, zoom } = engine.camera;
    const dx = (after.middle.x - before.middle.x) / zoom;
    const dy = (after.middle.y - before.middle.y) / zoom;
    engine.camera = { x: x - dx, y: y - dy, zoom };
    if (before.distance > 0) engine.zoomAt(after.middle, after.distance / before.distance);
    return true;
  }

  /** True: the finger belonged to a pinch. It is over when the last one is lifted. */
  up(finger: number): boolean {
    const active = this.#fingers.delete(finger) && this.#active;
    if (this.#fingers.size === 0) this.#active = false;
    return active;
  }

  #span(): { middle: Point; distance: number } | null {
    const [a, b] = [...this.#fingers.values()];
    if (!a || !b) return null;
    const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
    return { middle, distance: Math.hypot(a.x - b.x, a.y - b.y) };
  }
}
