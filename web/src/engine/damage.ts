/** What has to be drawn again since the last frame, in canvas coordinates. */

import { areaOf, type Bounds, union } from "./geometry";

/** More boxes than this are drawn as one: each costs a search and a clip of its own. */
const MOST_BOXES = 24;

export class Damage {
  private boxes: Bounds[] = [];
  /** Everything that rests. */
  everything = true;
  /** Something on the layer for what moves. */
  moving = true;

  add(bounds: Bounds): void {
    if (this.everything) return;
    // A node is its own box and will change: what is kept is a copy.
    this.boxes.push({ minX: bounds.minX, minY: bounds.minY, maxX: bounds.maxX, maxY: bounds.maxY });
    if (this.boxes.length >= 4 * MOST_BOXES) this.boxes = [this.boxes.reduce(union)];
  }

  addAll(): void {
    this.everything = true;
    this.boxes = [];
  }

  get empty(): boolean {
    return !this.everything && this.boxes.length === 0;
  }

  /** Hands out the boxes of what rests, few and not overlapping wastefully, and forgets them. */
  take(): Bounds[] {
    const boxes = mergeBoxes(this.boxes);
    this.boxes = [];
    this.everything = false;
    return boxes;
  }
}

/** Joins boxes whose common box is hardly larger than the two, and all of them when they are many. */
export function mergeBoxes(boxes: readonly Bounds[]): Bounds[] {
  const merged: Bounds[] = [];
  for (const box of boxes) {
    let joined = box;
    for (let i = merged.length - 1; i >= 0; i--) {
      const other = merged[i] as Bounds;
      const both = union(other, joined);
      if (areaOf(both) <= 1.2 * (areaOf(other) + areaOf(joined))) {
        joined = both;
        merged.splice(i, 1);
      }
    }
    merged.push(joined);
  }
  return merged.length > MOST_BOXES ? [merged.reduce(union)] : merged;
}
