/** Where the handles of a selection box are on screen, and which of them is at a point. */

import type { HandleName, Point } from "./types";

/** Distance of the turning handle from the upper edge, in screen pixels. */
export const ROTATE_DISTANCE = 24;
/** Half the side of a drawn handle. */
export const HANDLE_RADIUS = 4.5;
/** How near a pointer must be, and a finger, whose tip covers about 44 px. */
const REACH = 9;
const TOUCH_REACH = 22;
/** How far from the middle of even the smallest box a finger moves it, rather than grabbing a handle. */
const LEAST_MIDDLE = 12;

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
  touch = false,
): HandleName | null {
  if (touch && isInMiddle(point, corners)) return null;
  let best: HandleName | null = null;
  let bestDistance = touch ? TOUCH_REACH : REACH;
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

/** Whether a point is in the part of the box that fingers move it by: at least half of each side is. */
function isInMiddle(point: Point, [nw, ne, se, sw]: ScreenCorners): boolean {
  const width = Math.hypot(ne.x - nw.x, ne.y - nw.y);
  const height = Math.hypot(sw.x - nw.x, sw.y - nw.y);
  const angle = width > 0 ? Math.atan2(ne.y - nw.y, ne.x - nw.x) : Math.atan2(nw.x - sw.x, sw.y - nw.y);
  const middle = between(nw, se);
  const [x, y] = [point.x - middle.x, point.y - middle.y];
  const along = Math.abs(x * Math.cos(angle) + y * Math.sin(angle));
  const across = Math.abs(y * Math.cos(angle) - x * Math.sin(angle));
  return along <= middleOf(width) && across <= middleOf(height);
}

/** How far from its middle a side belongs to the middle. */
const middleOf = (side: number): number => Math.max(side / 2 - TOUCH_REACH, side / 4, LEAST_MIDDLE);
