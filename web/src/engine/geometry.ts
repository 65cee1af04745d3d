/** Points, rectangles and 2D affine transforms. Nothing here knows of shapes or drawing. */

import type { Point, Rect, TurnedBox } from "./types";

/** An affine transform: x' = a x + c y + e, y' = b x + d y + f, as in `CanvasRenderingContext2D.setTransform`. */
export interface Matrix {
  a: number;
  b: number;
  c: number;
  d: number;
  e: number;
  f: number;
}

/** An upright box by its edges: the form that the spatial index uses. */
export interface Bounds {
  minX: number;
  minY: number;
  maxX: number;
  maxY: number;
}

export const IDENTITY: Readonly<Matrix> = { a: 1, b: 0, c: 0, d: 1, e: 0, f: 0 };

/** The transform that does `second` to what `first` gives. */
export function compose(second: Readonly<Matrix>, first: Readonly<Matrix>): Matrix {
  return {
    a: second.a * first.a + second.c * first.b,
    b: second.b * first.a + second.d * first.b,
    c: second.a * first.c + second.c * first.d,
    d: second.b * first.c + second.d * first.d,
    e: second.a * first.e + second.c * first.f + second.e,
    f: second.b * first.e + second.d * first.f + second.f,
  };
}

/** The transform that takes back `matrix`; a transform that flattens everything gives the identity. */
export function invert(matrix: Readonly<Matrix>): Matrix {
  const { a, b, c, d, e, f } = matrix;
  const determinant = a * d - b * c;
  if (determinant === 0 || !Number.isFinite(determinant)) return { ...IDENTITY };
  return {
    a: d / determinant,
    b: -b / determinant,
    c: -c / determinant,
    d: a / determinant,
    e: (c * f - d * e) / determinant,
    f: (b * e - a * f) / determinant,
  };
}

export function transformPoint(matrix: Readonly<Matrix>, x: number, y: number): Point {
  return { x: matrix.a * x + matrix.c * y + matrix.e, y: matrix.b * x + matrix.d * y + matrix.f };
}

/** Local to parent: moved to (x, y) and turned about the centre of a box of this size. */
export function placement(x: number, y: number, width: number, height: number, rotation: number): Matrix {
  if (rotation === 0) return { a: 1, b: 0, c: 0, d: 1, e: x, f: y };
  const cos = Math.cos(rotation);
  const sin = Math.sin(rotation);
  const cx = width / 2;
  const cy = height / 2;
  return {
    a: cos,
    b: sin,
    c: -sin,
    d: cos,
    e: x + cx - cos * cx + sin * cy,
    f: y + cy - sin * cx - cos * cy,
  };
}

/** The turn of a transform that only moves and turns. */
export function rotationOf(matrix: Readonly<Matrix>): number {
  return Math.atan2(matrix.b, matrix.a);
}

/** The upright box around a transformed rectangle. */
export function transformRect(matrix: Readonly<Matrix>, x: number, y: number, w: number, h: number): Bounds {
  const { a, b, c, d, e, f } = matrix;
  const x0 = a * x + c * y + e;
  const y0 = b * x + d * y + f;
  const ax = a * w;
  const ay = b * w;
  const bx = c * h;
  const by = d * h;
  return {
    minX: x0 + Math.min(0, ax) + Math.min(0, bx),
    minY: y0 + Math.min(0, ay) + Math.min(0, by),
    maxX: x0 + Math.max(0, ax) + Math.max(0, bx),
    maxY: y0 + Math.max(0, ay) + Math.max(0, by),
  };
}

/** A local rectangle of a placed shape as a turned box in the outer frame. */
export function turnedBox(matrix: Readonly<Matrix>, local: Rect): TurnedBox {
  const centre = transformPoint(matrix, local.x + local.width / 2, local.y + local.height / 2);
  return {
    rect: {
      x: centre.x - local.width / 2,
      y: centre.y - local.height / 2,
      width: local.width,
      height: local.height,
    },
    rotation: rotationOf(matrix),
  };
}

export function toBounds(rect: Rect): Bounds {
  return { minX: rect.x, minY: rect.y, maxX: rect.x + rect.width, maxY: rect.y + rect.height };
}

export function toRect(bounds: Bounds): Rect {
  return {
    x: bounds.minX,
    y: bounds.minY,
    width: bounds.maxX - bounds.minX,
    height: bounds.maxY - bounds.minY,
  };
}

/** Whether two boxes share a point; touching edges count. */
export function intersects(a: Bounds, b: Bounds): boolean {
  return a.minX <= b.maxX && b.minX <= a.maxX && a.minY <= b.maxY && b.minY <= a.maxY;
}

export function containsBounds(outer: Bounds, inner: Bounds): boolean {
  return (
    outer.minX <= inner.minX &&
    outer.minY <= inner.minY &&
    outer.maxX >= inner.maxX &&
    outer.maxY >= inner.maxY
  );
}

export function union(a: Bounds, b: Bounds): Bounds {
  return {
    minX: Math.min(a.minX, b.minX),
    minY: Math.min(a.minY, b.minY),
    maxX: Math.max(a.maxX, b.maxX),
    maxY: Math.max(a.maxY, b.maxY),
  };
}

export function areaOf(bounds: Bounds): number {
  return Math.max(0, bounds.maxX - bounds.minX) * Math.max(0, bounds.maxY - bounds.minY);
}

export function grow(bounds: Bounds, by: number): Bounds {
  return { minX: bounds.minX - by, minY: bounds.minY - by, maxX: bounds.maxX + by, maxY: bounds.maxY + by };
}

/** The four corners of a turned box, clockwise from its top left. */
export function cornersOf(box: TurnedBox): [Point, Point, Point, Point] {
  const { x, y, width, height } = box.rect;
  const m = placement(x, y, width, height, box.rotation);
  return [
    transformPoint(m, 0, 0),
    transformPoint(m, width, 0),
    transformPoint(m, width, height),
    transformPoint(m, 0, height),
  ];
}
