import { rounded } from "../../editor/transform";
import type { Point, Rect } from "../../engine/types";

/** The box around points, and the points in its frame as one flat list: the form of the prop `points`. */
export function boxAround(points: readonly Point[]): { rect: Rect; flat: number[] } {
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  const rect = { x: least(xs), y: least(ys), width: 0, height: 0 };
  rect.width = most(xs) - rect.x;
  rect.height = most(ys) - rect.y;
  return { rect, flat: points.flatMap(({ x, y }) => [rounded(x - rect.x), rounded(y - rect.y)]) };
}

// Spreading thousands of points into Math.min would overflow the stack.
const least = (values: readonly number[]) =>
  values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
const most = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
