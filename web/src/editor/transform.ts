/** The geometry of moving, resizing and turning. Pure; canvas coordinates throughout. */

import type { HandleName, Point, Rect, TurnedBox } from "../engine/types";
import type { ResizePolicy } from "../plugins/types";

/** No gesture makes a shape smaller than this. */
const MIN_SIZE = 1;

/** What a side of nothing counts as, so that a factor can make it grow: less than is ever written. */
const NOTHING = 1e-3;

export const center = ({ x, y, width, height }: Rect): Point => ({ x: x + width / 2, y: y + height / 2 });

export const difference = (a: Point, b: Point): Point => ({ x: a.x - b.x, y: a.y - b.y });

export const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);

/** Hundredths are below what can be seen and keep the wire short. */
export const rounded = (value: number): number => Math.round(value * 100) / 100;

export function turn(point: Point, about: Point, angle: number): Point {
  const { x, y } = difference(point, about);
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  return { x: about.x + x * cos - y * sin, y: about.y + x * sin + y * cos };
}

/** The upright rectangle with these opposite corners. */
export function rectBetween(a: Point, b: Point): Rect {
  return {
    x: Math.min(a.x, b.x),
    y: Math.min(a.y, b.y),
    width: Math.abs(a.x - b.x),
    height: Math.abs(a.y - b.y),
  };
}

export interface ResizeOptions {
  keepAspect: boolean;
  fromCenter: boolean;
}

/** How a box changed: where its centre went, and by what each side of it grew. Negative: it was turned over. */
export interface Scaling {
  from: Point;
  to: Point;
  x: number;
  y: number;
}

/** Which sides a handle moves: -1 is left or top, 1 right or bottom, 0 neither. */
export function handleSides(handle: HandleName): { x: -1 | 0 | 1; y: -1 | 0 | 1 } {
  const x = handle.includes("w") ? -1 : handle.includes("e") ? 1 : 0;
  const y = handle.startsWith("n") ? -1 : handle.startsWith("s") ? 1 : 0;
  return handle === "rotate" ? { x: 0, y: 0 } : { x, y };
}

/** What dragging a handle by so much makes of a box. */
export function resize(box: TurnedBox, handle: HandleName, moved: Point, options: ResizeOptions): Scaling {
  const sides = handleSides(handle);
  const along = turn(moved, { x: 0, y: 0 }, -box.rotation);
  const reach = options.fromCenter ? 2 : 1;
  const { width, height } = solid(box.rect);
  // In proportion, a side of nothing stays one and has no say.
  const says = {
    x: sides.x !== 0 && !(options.keepAspect && width === NOTHING),
    y: sides.y !== 0 && !(options.keepAspect && height === NOTHING),
  };
  let x = says.x ? factor(width, along.x * sides.x * reach) : 1;
  let y = says.y ? factor(height, along.y * sides.y * reach) : 1;
  if (options.keepAspect) {
    const size = Math.max(says.x ? Math.abs(x) : 0, says.y ? Math.abs(y) : 0) || 1;
    x = size * (Math.sign(x) || 1);
    y = size * (Math.sign(y) || 1);
  }
  const from = center(box.rect);
  const shift = options.fromCenter
    ? { x: 0, y: 0 }
    : { x: (sides.x * width * (x - 1)) / 2, y: (sides.y * height * (y - 1)) / 2 };
  const { x: dx, y: dy } = turn(shift, { x: 0, y: 0 }, box.rotation);
  return { from, to: { x: from.x + dx, y: from.y + dy }, x, y };
}

const solid = ({ width, height }: Rect) => ({
  width: Math.max(width, NOTHING),
  height: Math.max(height, NOTHING),
});

/** What growing a side by so much multiplies it with. */
function factor(size: number, growth: number): number {
  const by = (size + growth) / size;
  const least = Math.min(1, MIN_SIZE / size);
  return Math.abs(by) < least ? least * (Math.sign(by) || 1) : by;
}

/** The new box of a shape of its own rotation, when the box around it (of rotation `frame`) was scaled. */
export function scaled(shape: TurnedBox, frame: number, scaling: Scaling, policy: ResizePolicy): Rect {
  const offset = turn(difference(center(shape.rect), scaling.from), { x: 0, y: 0 }, -frame);
  const place = turn({ x: offset.x * scaling.x, y: offset.y * scaling.y }, { x: 0, y: 0 }, frame);
  const at = { x: scaling.to.x + place.x, y: scaling.to.y + place.y };
  const { width, height } = scaledSize(shape, frame, scaling, policy);
  return { x: at.x - width / 2, y: at.y - height / 2, width, height };
}

function scaledSize(shape: TurnedBox, frame: number, scaling: Scaling, policy: ResizePolicy) {
  const { width, height } = solid(shape.rect);
  const cos = Math.cos(shape.rotation - frame);
  const sin = Math.sin(shape.rotation - frame);
  const x = Math.hypot(scaling.x * cos, scaling.y * sin);
  const y = Math.hypot(scaling.x * sin, scaling.y * cos);
  switch (policy) {
    case "free":
      return { width: width * x, height: height * y };
    case "keep-aspect":
      return { width: width * Math.sqrt(x * y), height: height * Math.sqrt(x * y) };
    case "width-only":
      return { width: width * x, height };
    case "fixed":
      return { width, height };
  }
}

/** Fifteen degrees: what turning snaps to while shift is held. */
const SNAP = Math.PI / 12;

/** How far a drag from one point to another turns something about a centre. */
export function turned(about: Point, from: Point, to: Point): number {
  return Math.atan2(to.y - about.y, to.x - about.x) - Math.atan2(from.y - about.y, from.x - about.x);
}

export const snapAngle = (angle: number): number => Math.round(angle / SNAP) * SNAP;

/** The same angle within half a turn of zero. */
export const normalAngle = (angle: number): number => angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
