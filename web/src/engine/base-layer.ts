/**
 * The layer of what rests. It keeps its last picture and does the least that makes it right:
 *
 * - panned: the picture is shifted and only the strips that come into sight are drawn;
 * - something changed: only the damaged boxes are drawn;
 * - zoomed: everything at once if that is quick, else the old picture is shown scaled (the browser's compositor does
 *   that) while the new one is drawn on a hidden surface, a slice a frame, and then shown.
 */

import type { DrawingBackend, Surface, View } from "./backend";
import { areaOf, type Bounds } from "./geometry";
import type { SceneNode } from "./node";
import { canvasBounds, nodesWithin, type Painter, screenRegion } from "./painter";
import type { Scene } from "./scene";
import type { FrameStats } from "./types";

/** A redraw that is expected to take longer than this (ms) is spread over frames. */
export const AT_ONCE_MS = 10;
/** How much of a frame a slice may take (ms). */
export const SLICE_MS = 5;

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

export class BaseLayer {
  private front: Surface;
  private back: Surface;
  /** What the front shows; null: nothing yet. */
  private shown: View | null = null;
  private redraw: Redraw | null = null;
  private pixelRatio = 1;
  /** What drawing one node costs (ms), learned from frames. */
  private nodeCost = 0.002;

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
    this.front.resize(width, height, pixelRatio);
    this.back.resize(width, height, pixelRatio);
    this.forget();
  }

  /** The picture is of no use any more: the theme or the size changed. */
  forget(): void {
    this.shown = null;
    this.redraw = null;
    this.scene.damage.addAll();
  }

  /** Whether the picture on screen is the scene as it is, for this view. */
  isSharp(view: View): boolean {
    const { shown } = this;
    if (shown === null || this.redraw !== null || !this.scene.damage.empty) return false;
    return shown.scale === view.scale && shown.tx === view.tx && shown.ty === view.ty;
  }

  /** Tells what a frame that drew so many nodes took, all told. */
  learnCost(drawn: number, milliseconds: number): void {
    if (drawn < 200) return;
    this.nodeCost = 0.7 * this.nodeCost + 0.3 * Math.min(0.05, milliseconds / drawn);
  }

  draw(view: View): BaseFrame {
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

  private get everything(): Bounds {
    return { minX: 0, minY: 0, maxX: this.front.width, maxY: this.front.height };
  }

  private drawAll(view: View): BaseFrame {
    const nodes = nodesWithin(this.scene, canvasBounds(this.everything, view));
    this.scene.damage.take();
    this.redraw = null;
    if (this.shown !== null && nodes.length * this.nodeCost > AT_ONCE_MS)
      return this.startRedraw(view, nodes);
    this.drawRegion(this.front, this.everything, view, nodes);
    this.front.place(null);
    this.shown = view;
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
    const most = Math.max(100, Math.floor(SLICE_MS / this.nodeCost));
    const to = Math.min(nodes.length, next + most);
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
    this.front.place({ scale, dx: view.tx - shown.tx * scale, dy: view.ty - shown.ty * scale });
  }

  private shiftAndPatch(shown: View, view: View): BaseFrame {
    const dx = view.tx - shown.tx;
    const dy = view.ty - shown.ty;
    const strips = dx === 0 && dy === 0 ? [] : exposedStrips(this.front.width, this.front.height, dx, dy);
    if (strips === null) return this.drawAll(view);
    const patches = this.scene.damage.take().map((box) => screenRegion(box, view));
    const regions = [...strips, ...patches]
      .map((region) => this.inSight(region))
      .filter((r) => areaOf(r) > 0);
    const lists = regions.map((region) => nodesWithin(this.scene, canvasBounds(region, view)));
    const drawn = lists.reduce((sum, nodes) => sum + nodes.length, 0);
    if (drawn * this.nodeCost > AT_ONCE_MS) return this.drawAll(view);
    this.front.place(null);
    if (dx !== 0 || dy !== 0) this.front.shift(dx, dy);
    regions.forEach((region, i) => {
      this.drawRegion(this.front, region, view, lists[i] as SceneNode[]);
    });
    this.shown = view;
    if (strips.length > 0) return { kind: "pan", drawn, pending: false };
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
