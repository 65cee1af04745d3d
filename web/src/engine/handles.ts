/** Where the handles of a selection box are on screen, and which of them is at a point. */

import type { HandleName, Point } from "./types";

/** Distance of the turning handle from the upper edge, in screen pixels. */
export const ROTATE_DISTANCE = 24;
/** Half the side of a drawn handle. */
export const HANDLE_RADIUS = 4.5;
/** How near a pointer must be. */
const REACH = 9;

/** The corners of the box on screen, clockwise from its own top left. */
export type ScreenCorners = readonly [Point, Point, Point, Point];

const between = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });

export function handlePosition(name: HandleName, [nw, ne, se, sw]: ScreenCorners): Point {
  switch (name) {
    case "nw":
      return nw;
    case "ne":
      return ne;
    case "se":
      return se;
    case "sw":
      return sw;
    case "n":
      return between(nw, ne);
    case "e":
      return between(ne, se);
    case "s":
      return between(sw, se);
    case "w":
      return between(nw, sw);
    case "rotate":
      return rotatePosition(between(nw, ne), between(sw, se), nw, ne);
  }
}

/** Straight out of the upper edge; a box of no height points up by its upper edge's direction. */
function rotatePosition(top: Point, bottom: Point, nw: Point, ne: Point): Point {
  let dx = top.x - bottom.x;
  let dy = top.y - bottom.y;
  let length = Math.hypot(dx, dy);
  if (length < 1e-6) {
    dx = ne.y - nw.y;
    dy = nw.x - ne.x;
    length = Math.hypot(dx, dy);
  }
  if (length < 1e-6) return { x: top.x, y: top.y - ROTATE_DISTANCE };
  return { x: top.x + (dx / length) * ROTATE_DISTANCE, y: top.y + (dy / length) * ROTATE_DISTANCE };
}

/** The handle in reach of a point, the nearest first. Edges give way to corners when the box is small. */
export function handleNear(
  point: Point,
  handles: readonly HandleName[],
  corners: ScreenCorners,
): HandleName | null {
  let best: HandleName | null = null;
  let bestDistance = REACH;
  for (const name of handles) {
    const at = handlePosition(name, corners);
    const distance = Math.hypot(at.x - point.x, at.y - point.y) + (name.length === 1 ? 2 : 0);
    if (distance <= bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}
