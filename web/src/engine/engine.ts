/**
 * The drawing engine: shapes, a camera and an overlay in, pixels and hits out. No React.
 *
 * How a change reaches the screen: `applyChanges` → `scene` (places nodes, notes damage) → `rendering` (asks the
 * plugins for pictures that nobody has yet) → once a frame `base-layer`, `dynamic-layer` and `overlay`, each of which
 * draws only if it has to. `painter` decides how much detail a shape deserves; `backend` is the seam to the pixels.
 */

import type { DrawingBackend, View } from "./backend";
import { BaseLayer } from "./base-layer";
import { fitted, sameView, soundCamera, viewOf, zoomedAt } from "./camera";
import { Canvas2DBackend } from "./canvas2d";
import { DynamicLayer } from "./dynamic-layer";
import { FrameClock } from "./frame-clock";
import {
  type Bounds,
  grow,
  invert,
  rotationOf,
  toBounds,
  toRect,
  transformPoint,
  turnedBox,
  union,
} from "./geometry";
import { boxBounds, shapesAt, shapesIn } from "./hit";
import { placedLabels } from "./labels";
import { SLACK } from "./node";
import { Overlay } from "./overlay";
import { Painter } from "./painter";
import { Rendering } from "./rendering";
import { Restless, sameSet } from "./restless";
import { Scene } from "./scene";
import { browserMeasure } from "./text";
import type {
  Anchor,
  Camera,
  CanvasEngine,
  EngineOptions,
  FrameStats,
  HandleName,
  HitOptions,
  LabelName,
  OverlayModel,
  PlacedLabel,
  Point,
  Rect,
  Shape,
  ShapeChanges,
  Theme,
  TurnedBox,
} from "./types";

const DEFAULT_TOLERANCE = 4;
const FIT_PADDING = 48;

export class Engine implements CanvasEngine {
  private readonly scene: Scene;
  private readonly rendering: Rendering;
  private readonly backend: DrawingBackend;
  private readonly base: BaseLayer;
  private readonly moving: DynamicLayer;
  private readonly overlay: Overlay;
  private readonly clock: FrameClock;
  private readonly resizing: ResizeObserver;
  private readonly container: HTMLElement;
  private readonly frameListeners = new Set<(stats: FrameStats) => void>();
  private readonly cameraListeners = new Set<(camera: Camera) => void>();
  private readonly settling: (() => void)[] = [];
  private readonly restless = new Restless();
  private grabbed: ReadonlySet<string> = new Set();
  private movedByOthers: ReadonlySet<string> = new Set();
  private theme: Theme;
  private seen: Camera = { x: 0, y: 0, zoom: 1 };
  private lastView: View | null = null;
  private overlayStale = true;
  private hiddenText: LabelName | null = null;
  private box = { width: 0, height: 0 };
  private pixelRatio = 0;
  /** From when all shapes came until all of them are drawn. */
  private loading = false;

  constructor({ container, source, theme }: EngineOptions) {
    this.container = container;
    container.style.backgroundColor = theme.paper;
    this.theme = theme;
    this.scene = new Scene((type) => source.references(type) ?? []);
    this.backend = new Canvas2DBackend(theme, browserMeasure());
    const painter = new Painter();
    this.base = new BaseLayer(this.backend, container, this.scene, painter);
    this.moving = new DynamicLayer(this.backend, container, this.scene, painter);
    this.overlay = new Overlay(container, {
      node: (id) => this.scene.nodes.get(id),
      canvasToScreen: (point) => this.canvasToScreen(point),
    });
    this.clock = new FrameClock(() => this.frame());
    this.rendering = new Rendering(this.scene, source, () => this.clock.request());
    this.resizing = new ResizeObserver(() => {
      if (this.followSize()) this.clock.runNow();
    });
    this.resizing.observe(container);
    this.followSize();
  }

  // Shapes

  setShapes(shapes: Iterable<Shape>): void {
    this.scene.replaceAll(shapes);
    this.loading = true;
    // Not in the next frame: whoever opens a canvas waits for its pictures, and the plugins may set to work meanwhile.
    this.rendering.pump();
    this.changed();
  }

  applyChanges(changes: ShapeChanges): void {
    const now = performance.now();
    for (const { id } of changes.changed ?? []) {
      if (this.scene.nodes.has(id) && !this.grabbed.has(id)) this.restless.note(id, now);
    }
    this.scene.apply(changes);
    this.changed();
  }

  shape(id: string): Shape | undefined {
    return this.scene.nodes.get(id)?.shape;
  }

  setDynamic(ids: Iterable<string>): void {
    this.grabbed = new Set(ids);
    this.moving.keep(this.scene.setDynamic([...this.grabbed, ...this.movedByOthers]));
    this.changed();
  }

  setHiddenText(label: LabelName | null): void {
    if (this.hiddenText !== null) this.scene.hideText(this.hiddenText.id, null);
    this.hiddenText = label;
    if (label !== null) this.scene.hideText(label.id, label);
    this.moving.forget();
    this.clock.request();
  }

  // Camera

  get camera(): Camera {
    return { ...this.seen };
  }

  set camera(camera: Camera) {
    this.seen = soundCamera(camera);
    for (const listener of this.cameraListeners) listener(this.camera);
    this.clock.request();
  }

  get size(): { readonly width: number; readonly height: number } {
    return this.box;
  }

  zoomAt(screen: Point, factor: number): void {
    this.camera = zoomedAt(this.seen, screen, factor);
  }

  fit(rect: Rect, padding = FIT_PADDING, maxZoom = 1): void {
    this.camera = fitted(rect, this.box, padding, maxZoom);
  }

  fitAll(padding = FIT_PADDING): void {
    const bounds = this.contentBounds();
    if (bounds !== null) this.fit(bounds, padding);
  }

  screenToCanvas({ x, y }: Point): Point {
    const { zoom } = this.seen;
    return { x: x / zoom + this.seen.x, y: y / zoom + this.seen.y };
  }

  canvasToScreen({ x, y }: Point): Point {
    const { zoom } = this.seen;
    return { x: (x - this.seen.x) * zoom, y: (y - this.seen.y) * zoom };
  }

  canvasToParent(id: string, point: Point): Point {
    const parent = this.scene.nodes.get(id)?.parent ?? null;
    return parent === null ? { ...point } : transformPoint(invert(parent), point.x, point.y);
  }

  // Questions

  hitTest(point: Point, options?: HitOptions): string | null {
    return this.hitTestAll(point, options)[0] ?? null;
  }

  hitTestAll(point: Point, options?: HitOptions): string[] {
    return shapesAt(this.scene, point, (options?.tolerance ?? DEFAULT_TOLERANCE) / this.seen.zoom, options);
  }

  query(rect: Rect, mode: "touch" | "inside" = "touch"): string[] {
    return shapesIn(this.scene, toBounds(rect), mode);
  }

  boundsOf(ids: Iterable<string>): Rect | null {
    let bounds: Bounds | null = null;
    for (const id of ids) {
      const node = this.scene.nodes.get(id);
      if (node === undefined) continue;
      const box = boxBounds(node);
      bounds = bounds === null ? box : union(bounds, box);
    }
    return bounds === null ? null : toRect(bounds);
  }

  boxOf(id: string): TurnedBox | null {
    const node = this.scene.nodes.get(id);
    if (node === undefined) return null;
    return turnedBox(node, { x: 0, y: 0, width: node.shape.width, height: node.shape.height });
  }

  contentBounds(): Rect | null {
    const bounds = this.scene.index.allBounds();
    return bounds === null ? null : toRect(grow(bounds, -SLACK));
  }

  order(): string[] {
    return this.scene.order().map((node) => node.shape.id);
  }

  labelAreas(id: string): PlacedLabel[] {
    const node = this.scene.nodes.get(id);
    return node === undefined ? [] : placedLabels(node);
  }

  labelArea({ id, prop }: LabelName): PlacedLabel | null {
    return this.labelAreas(id).find((label) => prop === null || label.prop === prop) ?? null;
  }

  anchorsOf(id: string): Anchor[] {
    const node = this.scene.nodes.get(id);
    const anchors = node?.picture?.list.anchors ?? [];
    if (node === undefined) return [];
    return anchors.map(({ name, at, direction }) => ({
      name,
      at: transformPoint(node, at.x * node.sx, at.y * node.sy),
      direction: direction === null ? null : direction + rotationOf(node),
    }));
  }

  problemOf(id: string): string | null {
    return this.scene.nodes.get(id)?.content?.problem ?? null;
  }

  // Overlay and look

  setOverlay(overlay: OverlayModel | null): void {
    this.overlay.model = overlay;
    this.overlayStale = true;
    this.clock.request();
  }

  handleAt(screen: Point, touch?: boolean): HandleName | null {
    return this.overlay.handleAt(screen, touch);
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    // What a zoom uncovers before it is drawn.
    this.container.style.backgroundColor = theme.paper;
    this.backend.setTheme(theme);
    this.base.forget();
    this.moving.forget();
    this.changed();
  }

  // Frames

  onFrame(listener: (stats: FrameStats) => void): () => void {
    this.frameListeners.add(listener);
    return () => this.frameListeners.delete(listener);
  }

  onCamera(listener: (camera: Camera) => void): () => void {
    this.cameraListeners.add(listener);
    return () => this.cameraListeners.delete(listener);
  }

  settled(): Promise<void> {
    this.clock.request();
    return new Promise((resolve) => this.settling.push(resolve));
  }

  destroy(): void {
    this.clock.stop();
    this.rendering.stop();
    this.resizing.disconnect();
    this.base.destroy();
    this.moving.destroy();
    this.overlay.destroy();
    this.frameListeners.clear();
    this.cameraListeners.clear();
  }

  private changed(): void {
    this.overlayStale = true;
    this.clock.request();
  }

  /** Takes on the container's size. Gives back whether it changed. */
  private followSize(): boolean {
    const { clientWidth: width, clientHeight: height } = this.container;
    const ratio = window.devicePixelRatio || 1;
    if (width === this.box.width && height === this.box.height && ratio === this.pixelRatio) {
      return false;
    }
    this.box = { width, height };
    this.pixelRatio = ratio;
    const pixels = [Math.round(width * ratio), Math.round(height * ratio), ratio] as const;
    this.base.resize(...pixels);
    this.moving.resize(...pixels);
    this.overlay.resize(...pixels);
    this.changed();
    for (const listener of this.cameraListeners) listener(this.camera);
    return true;
  }

  private frame(): void {
    const start = performance.now();
    // Zooming the page or moving the window to another screen changes the ratio and not the element's size.
    if (window.devicePixelRatio !== this.pixelRatio) this.followSize();
    if (this.box.width === 0 || this.box.height === 0) return;
    this.rendering.pump();
    this.followOthers(start);
    const view = viewOf(this.seen, this.pixelRatio);
    const viewChanged = !sameView(this.lastView, view);
    this.lastView = view;
    this.loading &&= this.rendering.pending || !this.base.isSharp(view);
    const frame = this.base.draw(view, this.loading);
    if (!frame.pending) this.moving.settle();
    const drawn = frame.drawn + this.moving.draw(view);
    if (this.overlayStale || viewChanged) this.overlay.draw(this.theme);
    this.overlayStale = false;
    this.clock.afterFrame((milliseconds) => this.base.learnCost(frame, milliseconds));
    this.endFrame({ ...frame, drawn, scriptMs: performance.now() - start });
  }

  /** Puts what many others move on the layer for what moves, and back when it rests. */
  private followOthers(now: number): void {
    const moved = this.restless.at(now);
    if (this.restless.quietAfter !== null) this.clock.requestIn(this.restless.quietAfter);
    if (sameSet(moved, this.movedByOthers)) return;
    this.movedByOthers = moved;
    this.setDynamic(this.grabbed);
  }

  private endFrame({ kind, drawn, scriptMs, pending }: Omit<FrameStats, "total">): void {
    const waiting = pending || this.rendering.pending;
    if (pending) this.clock.request();
    const stats: FrameStats = { kind, scriptMs, drawn, total: this.scene.nodes.size, pending: waiting };
    for (const listener of this.frameListeners) listener(stats);
    if (waiting || !this.base.isSharp(viewOf(this.seen, this.pixelRatio))) return;
    for (const resolve of this.settling.splice(0)) resolve();
  }
}
