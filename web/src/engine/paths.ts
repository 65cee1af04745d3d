/** Paths in flat form: walking, flattening into lines, and asking what lies in or near them. */

import type { Matrix } from "./geometry";
import type { FlatPath } from "./types";

/** What a path is made of, as it is walked. A `Path2D` is one. */
export interface PathVisitor {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  quadraticCurveTo(x1: number, y1: number, x: number, y: number): void;
  bezierCurveTo(x1: number, y1: number, x2: number, y2: number, x: number, y: number): void;
  closePath(): void;
}

/** How many numbers follow each command. */
const ARGUMENTS = [2, 2, 4, 6, 0] as const;

/** What is wrong with a path, or null. The engine asks before it keeps a path: later walks can trust it. */
export function pathFault(path: FlatPath): string | null {
  let i = 0;
  while (i < path.length) {
    const command = path[i] as number;
    const length = ARGUMENTS[command];
    if (length === undefined) return `a path has the command ${command}, expected 0 to 4`;
    if (i + length >= path.length + (length === 0 ? 1 : 0)) return "a path ends in the middle of a command";
    for (let k = i + 1; k <= i + length; k++) {
      if (!Number.isFinite(path[k])) return "a path has a coordinate that is not finite";
    }
    i += length + 1;
  }
  return null;
}

/** Hands each command of a path to the visitor. */
export function walkPath(path: FlatPath, visitor: PathVisitor): void {
  const at = (i: number): number => path[i] as number;
  let i = 0;
  while (i < path.length) {
    switch (path[i]) {
      case 0:
        visitor.moveTo(at(i + 1), at(i + 2));
        i += 3;
        break;
      case 1:
        visitor.lineTo(at(i + 1), at(i + 2));
        i += 3;
        break;
      case 2:
        visitor.quadraticCurveTo(at(i + 1), at(i + 2), at(i + 3), at(i + 4));
        i += 5;
        break;
      case 3:
        visitor.bezierCurveTo(at(i + 1), at(i + 2), at(i + 3), at(i + 4), at(i + 5), at(i + 6));
        i += 7;
        break;
      case 4:
        visitor.closePath();
        i += 1;
        break;
      default:
        return;
    }
  }
}

/** The path moved, turned and stretched; each coordinate goes through `round`. */
export function transformPath(
  path: FlatPath,
  matrix: Readonly<Matrix>,
  round: (value: number) => number = (value) => value,
): FlatPath {
  const { a, b, c, d, e, f } = matrix;
  const result = path.slice();
  for (let i = 0; i < path.length; ) {
    const end = i + 1 + (ARGUMENTS[path[i] as number] ?? 0);
    for (i += 1; i < end; i += 2) {
      const [x, y] = [path[i] as number, path[i + 1] as number];
      result[i] = round(a * x + c * y + e);
      result[i + 1] = round(b * x + d * y + f);
    }
  }
  return result;
}

/** A short text that differs for paths that differ (64 bits, mixed as in cyrb53). */
export function pathDigest(path: FlatPath): string {
  const words = new Uint32Array(path.buffer, path.byteOffset, 2 * path.length);
  let left = 0xdeadbeef;
  let right = 0x41c6ce57;
  for (const word of words) {
    left = Math.imul(left ^ word, 2654435761);
    left ^= left >>> 15;
    right = Math.imul(right ^ word, 1597334677);
    right ^= right >>> 13;
  }
  return `${path.length}:${(left >>> 0).toString(36)}:${(right >>> 0).toString(36)}`;
}

/** One part of a flattened path: x, y by turns. */
export interface Polyline {
  points: number[];
  closed: boolean;
}

/** How many straight pieces stand for a curve. Hit tests need no more. */
const CURVE_STEPS = 12;

class Flattener implements PathVisitor {
  readonly lines: Polyline[] = [];
  private line: Polyline | null = null;
  private x = 0;
  private y = 0;

  moveTo(x: number, y: number): void {
    this.line = { points: [x, y], closed: false };
    this.lines.push(this.line);
    this.x = x;
    this.y = y;
  }

  lineTo(x: number, y: number): void {
    if (this.line === null) {
      this.moveTo(x, y);
      return;
    }
    this.line.points.push(x, y);
    this.x = x;
    this.y = y;
  }

  quadraticCurveTo(x1: number, y1: number, x: number, y: number): void {
    const x0 = this.x;
    const y0 = this.y;
    this.bezierCurveTo(
      x0 + (2 / 3) * (x1 - x0),
      y0 + (2 / 3) * (y1 - y0),
      x + (2 / 3) * (x1 - x),
      y + (2 / 3) * (y1 - y),
      x,
      y,
    );
  }

  bezierCurveTo(x1: number, y1: number, x2: number, y2: number, x: number, y: number): void {
    const x0 = this.x;
    const y0 = this.y;
    for (let step = 1; step <= CURVE_STEPS; step++) {
      const t = step / CURVE_STEPS;
      const u = 1 - t;
      const [p, q, r, s] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
      this.lineTo(p * x0 + q * x1 + r * x2 + s * x, p * y0 + q * y1 + r * y2 + s * y);
    }
  }

  closePath(): void {
    const line = this.line;
    if (line === null) return;
    line.closed = true;
    // What follows without a move starts where the closed part started.
    const [x, y] = [line.points[0] as number, line.points[1] as number];
    this.line = null;
    this.x = x;
    this.y = y;
  }
}

/** The path as straight lines. */
export function flatten(path: FlatPath): Polyline[] {
  const flattener = new Flattener();
  walkPath(path, flattener);
  return flattener.lines.filter((line) => line.points.length >= 4);
}

/** Whether a point lies inside, by the non-zero rule; open parts count as closed, as when they are filled. */
export function insideOf(lines: readonly Polyline[], x: number, y: number): boolean {
  let winding = 0;
  for (const { points } of lines) {
    let x0 = points[points.length - 2] as number;
    let y0 = points[points.length - 1] as number;
    for (let i = 0; i < points.length; i += 2) {
      const x1 = points[i] as number;
      const y1 = points[i + 1] as number;
      const side = (x1 - x0) * (y - y0) - (x - x0) * (y1 - y0);
      if (y0 <= y && y1 > y && side > 0) winding++;
      else if (y1 <= y && y0 > y && side < 0) winding--;
      x0 = x1;
      y0 = y1;
    }
  }
  return winding !== 0;
}

function segmentDistanceSquared(
  x: number,
  y: number,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
): number {
  const dx = x1 - x0;
  const dy = y1 - y0;
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / length));
  const ex = x - x0 - t * dx;
  const ey = y - y0 - t * dy;
  return ex * ex + ey * ey;
}

/** Whether a point lies within `distance` of the lines. */
export function nearLines(lines: readonly Polyline[], x: number, y: number, distance: number): boolean {
  const limit = distance * distance;
  for (const { points, closed } of lines) {
    const last = points.length - 2;
    for (let i = 0; i < last; i += 2) {
      const [x0, y0, x1, y1] = [points[i], points[i + 1], points[i + 2], points[i + 3]] as [
        number,
        number,
        number,
        number,
      ];
      if (segmentDistanceSquared(x, y, x0, y0, x1, y1) <= limit) return true;
    }
    if (closed) {
      const [x0, y0, x1, y1] = [points[last], points[last + 1], points[0], points[1]] as [
        number,
        number,
        number,
        number,
      ];
      if (segmentDistanceSquared(x, y, x0, y0, x1, y1) <= limit) return true;
    }
  }
  return false;
}

/** The closed path of a rectangle, with rounded corners if asked for. */
export function rectPath(x: number, y: number, width: number, height: number, radius = 0): FlatPath {
  const r = Math.min(radius, width / 2, height / 2);
  const right = x + width;
  const bottom = y + height;
  if (r <= 0) return Float64Array.of(0, x, y, 1, right, y, 1, right, bottom, 1, x, bottom, 4);
  return Float64Array.of(
    ...[0, x + r, y, 1, right - r, y, 2, right, y, right, y + r],
    ...[1, right, bottom - r, 2, right, bottom, right - r, bottom],
    ...[1, x + r, bottom, 2, x, bottom, x, bottom - r, 1, x, y + r, 2, x, y, x + r, y, 4],
  );
}
