/**
 * The lines that a moved box may snap to: the edges and the middles of other boxes, upright and level. Pure. Built once
 * for a gesture; asking takes two binary searches a side, however many boxes there are.
 */

import type { Point, Rect } from "../engine/types";

/** The coordinates of a box that snap, on each axis: its edges and its middle, or just the edge that is dragged. */
export interface Sides {
  x: readonly number[];
  y: readonly number[];
}

export interface Guide {
  from: Point;
  to: Point;
}

/** Coordinates that differ by less are the same line: positions are kept in hundredths. */
const SAME = 0.011;

/** One side of one box: where it is on its axis, and how far it reaches along the other. */
interface Line {
  at: number;
  from: number;
  to: number;
}

type Axis = "x" | "y";

/** Left, middle and right, and the same from top to bottom. */
export function sidesOf({ x, y, width, height }: Rect): Sides {
  return { x: [x, x + width / 2, x + width], y: [y, y + height / 2, y + height] };
}

export class SnapLines {
  readonly #lines: Record<Axis, Line[]>;

  constructor(boxes: Iterable<Rect>) {
    const x: Line[] = [];
    const y: Line[] = [];
    for (const box of boxes) {
      const sides = sidesOf(box);
      for (const at of sides.x) x.push({ at, from: box.y, to: box.y + box.height });
      for (const at of sides.y) y.push({ at, from: box.x, to: box.x + box.width });
    }
    const sorted = (lines: Line[]) => lines.sort((a, b) => a.at - b.at);
    this.#lines = { x: sorted(x), y: sorted(y) };
  }

  /** The smallest shift that brings one of these sides onto a line, on each axis; 0 where none is within reach. */
  shift(sides: Sides, reach: number): Point {
    return { x: this.#nearest("x", sides.x, reach), y: this.#nearest("y", sides.y, reach) };
  }

  /** The lines that these sides of a box lie on now, drawn from the box to the furthest box on the line. */
  guides(box: Rect, sides: Sides): Guide[] {
    const upright = this.#met("x", sides.x, box.y, box.y + box.height);
    const level = this.#met("y", sides.y, box.x, box.x + box.width);
    return [
      ...upright.map(({ at, from, to }) => ({ from: { x: at, y: from }, to: { x: at, y: to } })),
      ...level.map(({ at, from, to }) => ({ from: { x: from, y: at }, to: { x: to, y: at } })),
    ];
  }

  #nearest(axis: Axis, sides: readonly number[], reach: number): number {
    const lines = this.#lines[axis];
    let best = 0;
    let bestDistance = reach;
    for (const side of sides) {
      const place = firstAtOrAfter(lines, side);
      for (const line of [lines[place - 1], lines[place]]) {
        if (!line || Math.abs(line.at - side) > bestDistance) continue;
        best = line.at - side;
        bestDistance = Math.abs(best);
      }
    }
    return best;
  }

  #met(axis: Axis, sides: readonly number[], from: number, to: number): Line[] {
    const lines = this.#lines[axis];
    return sides.flatMap((at) => {
      const met: Line = { at, from, to };
      let found = false;
      for (let place = firstAtOrAfter(lines, at - SAME); ; place++) {
        const line = lines[place];
        if (!line || line.at > at + SAME) break;
        found = true;
        met.from = Math.min(met.from, line.from);
        met.to = Math.max(met.to, line.to);
      }
      return found ? [met] : [];
    });
  }
}

function firstAtOrAfter(lines: readonly Line[], at: number): number {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle] as Line).at < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
