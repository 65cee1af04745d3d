/**
 * The seam between the engine and what puts pixels on the screen. `canvas2d.ts` implements it; another back end
 * (WebGL, a worker's OffscreenCanvas) would implement these two interfaces and nothing else.
 */

import type { Bounds, Matrix } from "./geometry";
import type { Picture } from "./picture";
import type { DisplayItem, Theme } from "./types";

/**
 * Canvas to device pixels: `pixel = canvas * scale + t`. `tx` and `ty` are whole numbers, so that two views of one
 * scale differ by whole pixels and a picture taken in one can be shifted into the other without blur.
 */
export interface View {
  scale: number;
  tx: number;
  ty: number;
}

/** How much of a picture is worth drawing at its present size. */
export interface Detail {
  strokes: boolean;
  /** Text of a smaller font size than this, in canvas units, is left out. */
  minTextSize: number;
  /** Items that are left out whatever their size. */
  hidden: ReadonlySet<DisplayItem>;
}

/** One layer of the screen. Rectangles are in device pixels. */
export interface Surface {
  readonly width: number;
  readonly height: number;
  /** Empties the layer when the size changes. */
  resize(width: number, height: number, pixelRatio: number): void;
  /** Starts drawing in one region: clears it to the background (or to nothing on a clear layer) and keeps to it. */
  begin(region: Bounds, view: View): void;
  /** Goes on drawing on the whole layer without clearing it. */
  resume(view: View): void;
  end(): void;
  /** Draws a picture placed on the canvas by `matrix`, stretched first by (sx, sy). */
  drawPicture(
    picture: Picture,
    matrix: Matrix,
    sx: number,
    sy: number,
    opacity: number,
    detail: Detail,
  ): void;
  /** Draws a box of the canvas filled in one look; the cheap stand-in for a picture. */
  drawSmall(picture: Picture, bounds: Bounds, opacity: number): void;
  /** Moves what the layer shows by whole pixels; what moves in is undefined until it is drawn. */
  shift(dx: number, dy: number): void;
  /** Shows the layer scaled and moved (in device pixels), without drawing; null: as it is. */
  place(transform: { scale: number; dx: number; dy: number } | null): void;
  show(visible: boolean): void;
  destroy(): void;
}

export interface DrawingBackend {
  /** Adds a layer above those made before. An opaque layer has the paper and the grid as its background. */
  createSurface(container: HTMLElement, opaque: boolean): Surface;
  setTheme(theme: Theme): void;
}
