/** Cameras: keeping them sane, fitting them to content, and the pixel view that they stand for. */

import type { View } from "./backend";
import type { Camera, Point, Rect } from "./types";

export const MIN_ZOOM = 0.02;
export const MAX_ZOOM = 16;

export function clampZoom(zoom: number): number {
  return Number.isFinite(zoom) ? Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, zoom)) : 1;
}

/** The camera with its zoom in range and no number that is none. */
export function soundCamera(camera: Camera): Camera {
  const { x, y } = camera;
  return { x: Number.isFinite(x) ? x : 0, y: Number.isFinite(y) ? y : 0, zoom: clampZoom(camera.zoom) };
}

/** The pixel view of a camera. The shift is rounded to whole pixels, which keeps pictures sharp when panning. */
export function viewOf(camera: Camera, pixelRatio: number): View {
  const scale = camera.zoom * pixelRatio;
  return { scale, tx: Math.round(-camera.x * scale), ty: Math.round(-camera.y * scale) };
}

export function sameView(a: View | null, b: View): boolean {
  return a !== null && a.scale === b.scale && a.tx === b.tx && a.ty === b.ty;
}

/** The camera scaled by a factor about a screen point. */
export function zoomedAt(camera: Camera, screen: Point, factor: number): Camera {
  const zoom = clampZoom(camera.zoom * factor);
  const shift = 1 / camera.zoom - 1 / zoom;
  return { x: camera.x + screen.x * shift, y: camera.y + screen.y * shift, zoom };
}

/** The camera that shows a rectangle centred in a container, with this many screen pixels around it. */
export function fitted(
  rect: Rect,
  size: { width: number; height: number },
  padding: number,
  maxZoom: number,
): Camera {
  const width = Math.max(1, size.width - 2 * padding);
  const height = Math.max(1, size.height - 2 * padding);
  const zoom = clampZoom(
    Math.min(maxZoom, width / Math.max(rect.width, 1), height / Math.max(rect.height, 1)),
  );
  return {
    x: rect.x + rect.width / 2 - size.width / 2 / zoom,
    y: rect.y + rect.height / 2 - size.height / 2 / zoom,
    zoom,
  };
}
