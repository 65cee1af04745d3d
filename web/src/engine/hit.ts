/** Which shapes are at a point or in a rectangle. */

import { type Bounds, containsBounds, cornersOf, invert, transformPoint, turnedBox } from "./geometry";
import type { SceneNode } from "./node";
import { sortByRank } from "./painter";
import type { Scene } from "./scene";
import type { HitOptions, Point } from "./types";

/** Whether a canvas point is on a node's shape or at most `tolerance` canvas units off it. */
export function hitsNode(node: SceneNode, point: Point, tolerance: number): boolean {
  const local = transformPoint(invert(node), point.x, point.y);
  const { width, height } = node.shape;
  if (node.picture === null) return hitsBox(local, width, height, tolerance);
  // The picture may be stretched until the one of the present size comes.
  const sx = node.sx || 1;
  const sy = node.sy || 1;
  const size = { width: width / sx, height: height / sy };
  return node.picture.hit(local.x / sx, local.y / sy, tolerance / Math.min(sx, sy), size);
}

function hitsBox(local: Point, width: number, height: number, tolerance: number): boolean {
  return (
    local.x >= -tolerance &&
    local.y >= -tolerance &&
    local.x <= width + tolerance &&
    local.y <= height + tolerance
  );
}

/** Ids of the shapes at a canvas point, topmost first. `tolerance` is in canvas units. */
export function shapesAt(scene: Scene, point: Point, tolerance: number, options: HitOptions = {}): string[] {
  const { x, y } = point;
  const around = { minX: x - tolerance, minY: y - tolerance, maxX: x + tolerance, maxY: y + tolerance };
  const order = scene.order();
  const hits = sortByRank(scene.index.search(around), order).reverse();
  return hits
    .filter((node) => {
      if (options.skipLocked === true && node.shape.locked) return false;
      if (options.exclude?.has(node.shape.id) === true) return false;
      return hitsNode(node, point, tolerance);
    })
    .map((node) => node.shape.id);
}

/** The upright box around a node's own turned box, without strokes. */
export function boxBounds(node: SceneNode): Bounds {
  const { width, height } = node.shape;
  const corners = cornersOf(turnedBox(node, { x: 0, y: 0, width, height }));
  const xs = corners.map((corner) => corner.x);
  const ys = corners.map((corner) => corner.y);
  return { minX: Math.min(...xs), minY: Math.min(...ys), maxX: Math.max(...xs), maxY: Math.max(...ys) };
}

/** Whether the turned box of a node meets an upright box (separating axes: the upright ones, then its own). */
function boxMeets(node: SceneNode, bounds: Bounds): boolean {
  const outer = boxBounds(node);
  if (
    outer.minX > bounds.maxX ||
    outer.maxX < bounds.minX ||
    outer.minY > bounds.maxY ||
    outer.maxY < bounds.minY
  ) {
    return false;
  }
  const inverse = invert(node);
  const corners = [
    transformPoint(inverse, bounds.minX, bounds.minY),
    transformPoint(inverse, bounds.maxX, bounds.minY),
    transformPoint(inverse, bounds.maxX, bounds.maxY),
    transformPoint(inverse, bounds.minX, bounds.maxY),
  ];
  const { width, height } = node.shape;
  return !(
    corners.every(({ x }) => x < 0) ||
    corners.every(({ x }) => x > width) ||
    corners.every(({ y }) => y < 0) ||
    corners.every(({ y }) => y > height)
  );
}

/** Ids of the shapes whose boxes meet the bounds (or lie inside them), back to front. */
export function shapesIn(scene: Scene, bounds: Bounds, mode: "touch" | "inside"): string[] {
  const order = scene.order();
  const meets = (node: SceneNode) =>
    mode === "inside" ? containsBounds(bounds, boxBounds(node)) : boxMeets(node, bounds);
  return (
    sortByRank(scene.index.search(bounds), order)
      // What is drawn of a shape holds the shape: most are wholly inside, and need no turning of corners.
      .filter((node) => containsBounds(bounds, node) || meets(node))
      .map((node) => node.shape.id)
  );
}
