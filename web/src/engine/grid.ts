/** The dots behind the shapes. */

import type { View } from "./backend";
import type { Bounds } from "./geometry";

/** Distance of dots at zoom 1, in canvas units. */
export const GRID_STEP = 24;

/** Dots nearer than this on screen are thinned out: they would be noise, and cost. */
const MIN_DISTANCE = 18;

/** The distance of dots in canvas units that looks right at a zoom: the step, doubled or halved. */
export function gridStep(zoom: number): number {
  const doublings = Math.ceil(Math.log2(MIN_DISTANCE / (GRID_STEP * zoom)));
  return GRID_STEP * 2 ** doublings;
}

/** Draws the dots of one region. They lie on whole pixels: sharp, and the same after a shift. */
export function drawGrid(
  context: CanvasRenderingContext2D,
  region: Bounds,
  view: View,
  pixelRatio: number,
  color: string,
): void {
  const step = gridStep(view.scale / pixelRatio) * view.scale;
  const size = Math.max(1, Math.round(1.5 * pixelRatio));
  const firstX = Math.floor((region.minX - view.tx - size) / step);
  const firstY = Math.floor((region.minY - view.ty - size) / step);
  const lastX = Math.ceil((region.maxX - view.tx) / step);
  const lastY = Math.ceil((region.maxY - view.ty) / step);
  context.fillStyle = color;
  for (let row = firstY; row <= lastY; row++) {
    const y = Math.round(row * step) + view.ty;
    for (let column = firstX; column <= lastX; column++) {
      context.fillRect(Math.round(column * step) + view.tx, y, size, size);
    }
  }
}
