/** Choosing what is in sight, and drawing it in as much detail as its size on screen deserves. */

import type { Detail, Surface, View } from "./backend";
import type { Bounds } from "./geometry";
import { intersects } from "./geometry";
import { textsOf } from "./labels";
import type { SceneNode } from "./node";
import type { Scene } from "./scene";
import type { DisplayItem } from "./types";

/** Text smaller than this on screen (CSS pixels) cannot be read and is left out. */
export const MIN_TEXT_PIXELS = 6;
/** Shapes smaller than this do without their lines, if something of them is filled. */
export const MIN_STROKED_PIXELS = 10;
/** Shapes smaller than this are drawn as a box of their colour. */
export const MIN_DETAILED_PIXELS = 4;

const NOTHING: ReadonlySet<DisplayItem> = new Set();

/** How a shape is drawn whose longer side has this many CSS pixels on screen. */
export function levelOfDetail(pixels: number): "box" | "fills" | "full" {
  if (pixels < MIN_DETAILED_PIXELS) return "box";
  return pixels < MIN_STROKED_PIXELS ? "fills" : "full";
}

/** A region of the screen as a box of the canvas. */
export function canvasBounds(region: Bounds, view: View): Bounds {
  return {
    minX: (region.minX - view.tx) / view.scale,
    minY: (region.minY - view.ty) / view.scale,
    maxX: (region.maxX - view.tx) / view.scale,
    maxY: (region.maxY - view.ty) / view.scale,
  };
}

/** A box of the canvas as a region of whole pixels of the screen, with room for smoothed edges. */
export function screenRegion(bounds: Bounds, view: View): Bounds {
  return {
    minX: Math.floor(bounds.minX * view.scale + view.tx) - 2,
    minY: Math.floor(bounds.minY * view.scale + view.ty) - 2,
    maxX: Math.ceil(bounds.maxX * view.scale + view.tx) + 2,
    maxY: Math.ceil(bounds.maxY * view.scale + view.ty) + 2,
  };
}

/** The resting nodes that meet a box of the canvas, back to front. */
export function nodesWithin(scene: Scene, bounds: Bounds): SceneNode[] {
  const order = scene.order();
  if (scene.index.mostlyWithin(bounds)) {
    return order.filter((node) => !node.dynamic && intersects(node, bounds));
  }
  return sortByRank(scene.index.searchResting(bounds), order);
}

/** Sorts found nodes back to front. Numbers sort several times faster than objects. */
export function sortByRank(nodes: readonly SceneNode[], order: readonly SceneNode[]): SceneNode[] {
  const ranks = new Uint32Array(nodes.length);
  for (let i = 0; i < nodes.length; i++) ranks[i] = (nodes[i] as SceneNode).rank;
  ranks.sort();
  return Array.from(ranks, (rank) => order[rank] as SceneNode);
}

/** Draws nodes on a surface that has begun a region of this view. */
export class Painter {
  private readonly full: Detail = { strokes: true, minTextSize: 0, hidden: NOTHING };
  private readonly fills: Detail = { strokes: false, minTextSize: 0, hidden: NOTHING };
  private readonly small: Bounds = { minX: 0, minY: 0, maxX: 0, maxY: 0 };

  /** Draws `nodes[from]` up to, not including, `nodes[to]`. */
  paint(surface: Surface, nodes: readonly SceneNode[], from: number, to: number, zoom: number): void {
    this.full.minTextSize = MIN_TEXT_PIXELS / zoom;
    this.fills.minTextSize = this.full.minTextSize;
    for (let i = from; i < to; i++) this.paintNode(surface, nodes[i] as SceneNode, zoom);
  }

  /** The shape's own box about its centre, not turned. One object serves the thousands that are drawn so. */
  private smallBox({ a, b, c, d, e, f, shape }: SceneNode): Bounds {
    const { small } = this;
    const x = shape.width / 2;
    const y = shape.height / 2;
    const centreX = a * x + c * y + e;
    const centreY = b * x + d * y + f;
    small.minX = centreX - x;
    small.minY = centreY - y;
    small.maxX = centreX + x;
    small.maxY = centreY + y;
    return small;
  }

  private paintNode(surface: Surface, node: SceneNode, zoom: number): void {
    const { picture } = node;
    if (picture === null || node.opacity <= 0 || node.removed) return;
    const level = levelOfDetail(Math.max(node.shape.width, node.shape.height) * zoom);
    if (level === "box") {
      surface.drawSmall(picture, this.smallBox(node), node.opacity);
      return;
    }
    let detail = level === "full" || !picture.filled ? this.full : this.fills;
    if (node.hiddenLabel !== null)
      detail = { ...detail, hidden: textsOf(picture.list, node.hiddenLabel.prop) };
    surface.drawPicture(picture, node, node.sx, node.sy, node.opacity, detail);
  }
}
