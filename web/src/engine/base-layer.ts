/**
 * The layer of what rests. It keeps its last picture and does the least that makes it right:
 *
 * - panned: the picture is larger than the screen, so the browser's compositor moves it; when its margin is used up
 *   it is shifted and only the strips that come in are drawn;
 * - something changed: only the damaged boxes are drawn;
 * - zoomed: everything at once if that is quick, else the old picture is shown scaled (the browser's compositor does
 *   that) while the new one is drawn on a hidden surface, a slice a frame, and then shown.
 */

import type { DrawingBackend, Surface, View } from "./backend";
import { sameView } from "./camera";
import { DrawingCost } from "./drawing-cost";
import { areaOf, type Bounds } from "./geometry";
import type { SceneNode } from "./node";
import { canvasBounds, nodesWithin, type Painter, screenRegion } from "./painter";
import type { Scene } from "./scene";
import type { FrameStats } from "./types";

/** How far the picture reaches beyond the screen on each side, in CSS pixels. */
const MARGIN = 96;

/** A redraw that is expected to take longer than this (ms) is spread over frames. */
const AT_ONCE_MS = 10;
/** The same while the canvas is being loaded: nobody works on it yet, and the first picture should come soon. */
const LOADING_MS = 50;
/** How much of a frame a slice may take (ms) while the camera moves, and while it rests. */
const MOVING_SLICE_MS = 5;
const RESTING_SLICE_MS = 12;

export interface BaseFrame {
  kind: FrameStats["kind"];
  drawn: number;
  pending: boolean;
}

interface Redraw {
  view: View;
  nodes: SceneNode[];
  next: number;
}

/** The strips of a surface that come into sight when its picture is shifted; null when nothing of it stays. */
export function exposedStrips(width: number, height: number, dx: number, dy: number): Bounds[] | null {
  if (Math.abs(dx) >= width || Math.abs(dy) >= height) return null;
  const strips: Bounds[] = [];
  const minX = Math.max(0, dx);
  const maxX = width + Math.min(0, dx);
  if (dx > 0) strips.push({ minX: 0, minY: 0, maxX: dx, maxY: height });
  if (dx < 0) strips.push({ minX: maxX, minY: 0, maxX: width, maxY: height });
  // The corner belongs to the upright strip.
  if (dy > 0) strips.push({ minX, minY: 0, maxX, maxY: dy });
  if (dy < 0) strips.push({ minX, minY: height + dy, maxX, maxY: height });
  return strips;
}

/** Whether a picture of one view still covers the screen of another of the same scale. */
function reaches(shown: View, view: View, margin: number): boolean {
  return Math.abs(view.tx - shown.tx) <= margin && Math.abs(view.ty - shown.ty) <= margin;
}

export class BaseLayer {
  private front: Surface;
  private back: Surface;
  /** What the front shows, in the surface's own pixels; null: nothing yet. */
  private shown: View | null = null;
  private redraw: Redraw | null = null;
  private pixelRatio = 1;
  private margin = 0;
  private atOnce = AT_ONCE_MS;
  private readonly cost = new DrawingCost();

  constructor(
    backend: DrawingBackend,
    container: HTMLElement,
    private readonly scene: Scene,
    private readonly painter: Painter,
  ) {
    this.front = backend.createSurface(container, true);
    this.back = backend.createSurface(container, true);
    this.back.show(false);
  }

  resize(width: number, height: number, pixelRatio: number): void {
    this.pixelRatio = pixelRatio;
    this.margin = Math.round(MARGIN * pixelRatio);
    for (const surface of [this.front, this.back]) {
      surface.resize(width + 2 * this.margin, height + 2 * this.margin, pixelRatio);
    }
    this.forget();
  }

  /** The picture is of no use any more: the theme or the size changed. */
  forget(): void {
    this.shown = null;
    this.redraw = null;
    this.scene.damage.addAll();
  }

  /** Whether the picture on screen is the scene as it is, for this view. */
  isSharp(screen: View): boolean {
    const { shown, margin } = this;
    if (shown === null || this.redraw !== null || !this.scene.damage.empty) return false;
    return shown.scale === screen.scale && reaches(shown, this.centred(screen), margin);
  }

  /** Tells what a frame took, all told. */
  learnCost({ kind, drawn }: BaseFrame, milliseconds: number): void {
    if (kind === "full" || kind === "slice") this.cost.learn(drawn, milliseconds);
  }

  /** Makes the picture right for this view, or a step more right. `loading`: most pictures are still to come. */
  draw(screen: View, loading = false): BaseFrame {
    this.atOnce = loading ? LOADING_MS : AT_ONCE_MS;
    const view = this.centred(screen);
    if (this.shown === null || this.scene.damage.everything) return this.drawAll(view);
    if (this.redraw !== null) {
      const drawn = this.continueRedraw(this.redraw, view);
      if (drawn !== null) return { kind: "slice", drawn, pending: true };
    }
    if (this.shown.scale !== view.scale) return this.drawAll(view);
    return this.shiftAndPatch(this.shown, view);
  }

  destroy(): void {
    this.front.destroy();
    this.back.destroy();
  }

  /** The view of the surface's pixels that has the screen in its middle. */
  private centred({ scale, tx, ty }: View): View {
    return { scale, tx: tx + this.margin, ty: ty + this.margin };
  }

  private get everything(): Bounds {
    return { minX: 0, minY: 0, maxX: this.front.width, maxY: this.front.height };
  }

  private drawAll(view: View): BaseFrame {
    const nodes = nodesWithin(this.scene, canvasBounds(this.everything, view));
    this.scene.damage.take();
    this.redraw = null;
    if (this.shown !== null && this.cost.of(nodes.length) > this.atOnce) return this.startRedraw(view, nodes);
    this.drawRegion(this.front, this.everything, view, nodes);
    this.shown = view;
    this.placeFront(view);
    return { kind: "full", drawn: nodes.length, pending: false };
  }

  private startRedraw(view: View, nodes: SceneNode[]): BaseFrame {
    this.redraw = { view, nodes, next: 0 };
    this.back.begin(this.everything, view);
    this.back.end();
    this.placeFront(view);
    return { kind: "scaled", drawn: 0, pending: true };
  }

  /** Draws one slice. Gives back how much that was, or null when the redraw is done and shown. */
  private continueRedraw(redraw: Redraw, view: View): number | null {
    const { nodes, next } = redraw;
    const budget = sameView(redraw.view, view) ? RESTING_SLICE_MS : MOVING_SLICE_MS;
    const to = Math.min(nodes.length, next + this.cost.nodesIn(budget));
    this.back.resume(redraw.view);
    this.painter.paint(this.back, nodes, next, to, redraw.view.scale / this.pixelRatio);
    this.back.end();
    redraw.next = to;
    if (to < nodes.length) {
      this.placeFront(view);
      return to - next;
    }
    this.swap(redraw.view);
    this.placeFront(view);
    return null;
  }

  private swap(view: View): void {
    [this.front, this.back] = [this.back, this.front];
    this.front.show(true);
    this.back.show(false);
    this.shown = view;
    this.redraw = null;
  }

  /** Shows the picture that there is where it belongs in the view, scaled. */
  private placeFront(view: View): void {
    const { shown } = this;
    if (shown === null) return;
    const scale = view.scale / shown.scale;
    const dx = view.tx - shown.tx * scale - this.margin;
    const dy = view.ty - shown.ty * scale - this.margin;
    this.front.place({ scale, dx, dy });
  }

  private shiftAndPatch(shown: View, view: View): BaseFrame {
    // While the margin lasts, the picture stays the one of the view it was drawn for.
    const stays = reaches(shown, view, this.margin);
    const target = stays ? shown : view;
    const dx = target.tx - shown.tx;
    const dy = target.ty - shown.ty;
    const strips = stays ? [] : exposedStrips(this.front.width, this.front.height, dx, dy);
    if (strips === null) return this.drawAll(view);
    const patches = this.scene.damage.take().map((box) => screenRegion(box, target));
    const regions = [...strips, ...patches]
      .map((region) => this.inSight(region))
      .filter((r) => areaOf(r) > 0);
    const lists = regions.map((region) => nodesWithin(this.scene, canvasBounds(region, target)));
    const drawn = lists.reduce((sum, nodes) => sum + nodes.length, 0);
    if (this.cost.of(drawn) > this.atOnce) return this.drawAll(view);
    if (!stays) this.front.shift(dx, dy);
    regions.forEach((region, i) => {
      this.drawRegion(this.front, region, target, lists[i] as SceneNode[]);
    });
    this.shown = target;
    this.placeFront(view);
    if (!stays) return { kind: "pan", drawn, pending: false };
    return { kind: regions.length > 0 ? "patch" : "none", drawn, pending: false };
  }

  private inSight(region: Bounds): Bounds {
    return {
      minX: Math.max(0, region.minX),
      minY: Math.max(0, region.minY),
      maxX: Math.min(this.front.width, region.maxX),
      maxY: Math.min(this.front.height, region.maxY),
    };
  }

  private drawRegion(surface: Surface, region: Bounds, view: View, nodes: readonly SceneNode[]): void {
    surface.begin(region, view);
    this.painter.paint(surface, nodes, 0, nodes.length, view.scale / this.pixelRatio);
    surface.end();
  }
}
