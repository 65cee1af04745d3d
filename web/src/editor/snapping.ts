/**
 * Snapping of what is dragged to the shapes in sight. One lives for one gesture: the shapes around are looked up once,
 * through the engine's spatial index, and again only when the camera has left them.
 */

import type { Point, Rect } from "../engine/types";
import type { Editor } from "./editor";
import { type Guide, type Sides, SnapLines } from "./snap-lines";

/** How near a side must come to a line, in screen pixels. */
const REACH = 6;
/** Shapes smaller than this on screen are no landmarks; in a crowd of specks everything would be near something. */
const MIN_SIZE = 14;

const NONE: Point = { x: 0, y: 0 };

export class Snapping {
  #lines: SnapLines | null = null;
  #gathered: { zoom: number; region: Rect } | null = null;
  #guides: readonly Guide[] = [];

  /** `moving`: the shapes that the gesture changes, which are nothing to snap to. */
  constructor(
    private readonly editor: Editor,
    private readonly moving: ReadonlySet<string>,
  ) {}

  /** What to draw: the lines that the last snapped box lies on. */
  get guides(): readonly Guide[] {
    return this.#guides;
  }

  /**
   * By how much to shift a box so that the sides named of it snap. `free` says along which axes it may be shifted: a
   * drag that is kept to one axis snaps along that one only.
   */
  snap(box: Rect, sides: Sides, free: { x: boolean; y: boolean }): Point {
    const lines = this.#linesInSight();
    const allowed = { x: free.x ? sides.x : [], y: free.y ? sides.y : [] };
    const { x, y } = lines.shift(allowed, REACH / this.editor.engine.camera.zoom);
    const moved = { x: allowed.x.map((side) => side + x), y: allowed.y.map((side) => side + y) };
    this.#show(lines.guides({ ...box, x: box.x + x, y: box.y + y }, moved));
    return { x, y };
  }

  /** Nothing snaps now. */
  rest(): Point {
    this.#show([]);
    return NONE;
  }

  #show(guides: readonly Guide[]): void {
    if (guides.length === 0 && this.#guides.length === 0) return;
    this.#guides = guides;
    // The document may stay as it is while a guide comes or goes.
    this.editor.refreshOverlay();
  }

  #linesInSight(): SnapLines {
    const { camera, size } = this.editor.engine;
    const sight = {
      x: camera.x,
      y: camera.y,
      width: size.width / camera.zoom,
      height: size.height / camera.zoom,
    };
    if (!this.#lines || this.#gathered?.zoom !== camera.zoom || !holds(this.#gathered.region, sight)) {
      const region = grown(sight);
      this.#gathered = { zoom: camera.zoom, region };
      this.#lines = new SnapLines(this.#landmarks(region, MIN_SIZE / camera.zoom));
    }
    return this.#lines;
  }

  *#landmarks(region: Rect, minSize: number): Iterable<Rect> {
    const { engine } = this.editor;
    for (const id of engine.query(region)) {
      const shape = engine.shape(id);
      // However it is turned, it is no larger than its sides together; most of a crowd is left out so.
      if (!shape || this.moving.has(id) || shape.width + shape.height < minSize) continue;
      const box = engine.boundsOf([id]);
      if (box && Math.max(box.width, box.height) >= minSize) yield box;
    }
  }
}

/** A quarter more on each side, so that panning at the edge does not look everything up anew in every frame. */
function grown({ x, y, width, height }: Rect): Rect {
  return { x: x - width / 4, y: y - height / 4, width: width * 1.5, height: height * 1.5 };
}

function holds(outer: Rect, inner: Rect): boolean {
  return (
    outer.x <= inner.x &&
    outer.y <= inner.y &&
    outer.x + outer.width >= inner.x + inner.width &&
    outer.y + outer.height >= inner.y + inner.height
  );
}
