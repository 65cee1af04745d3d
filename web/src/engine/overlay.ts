/** What lies above the shapes: selection, handles, marquee, snap lines, and other people's cursors and selections. */

import { cornersOf, turnedBox } from "./geometry";
import { HANDLE_RADIUS, handleNear, handlePosition, type ScreenCorners } from "./handles";
import type { SceneNode } from "./node";
import type { HandleName, OverlayModel, Point, RemoteCursor, Theme, TurnedBox } from "./types";

/** What the overlay needs of the engine. */
export interface OverlayHost {
  node(id: string): SceneNode | undefined;
  canvasToScreen(point: Point): Point;
}

const LABEL_FONT = '600 11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

export class Overlay {
  private readonly canvas: HTMLCanvasElement;
  private readonly context: CanvasRenderingContext2D | null;
  private width = 0;
  private height = 0;
  private pixelRatio = 1;
  private blank = true;
  model: OverlayModel | null = null;

  constructor(
    container: HTMLElement,
    private readonly host: OverlayHost,
  ) {
    this.canvas = document.createElement("canvas");
    Object.assign(this.canvas.style, { position: "absolute", left: "0", top: "0", pointerEvents: "none" });
    this.context = this.canvas.getContext("2d");
    container.append(this.canvas);
  }

  resize(width: number, height: number, pixelRatio: number): void {
    this.width = width / pixelRatio;
    this.height = height / pixelRatio;
    this.pixelRatio = pixelRatio;
    this.canvas.width = width;
    this.canvas.height = height;
    this.canvas.style.width = `${this.width}px`;
    this.canvas.style.height = `${this.height}px`;
  }

  draw(theme: Theme): void {
    const { context, model } = this;
    if (context === null || (model === null && this.blank)) return;
    context.setTransform(this.pixelRatio, 0, 0, this.pixelRatio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    this.blank = model === null;
    if (model === null) return;
    for (const { ids, color, name } of model.remoteSelections ?? [])
      this.remoteSelection(context, ids, color, name);
    if (model.hovered != null) this.outlines(context, [model.hovered], theme.accent, 1.5);
    this.outlines(context, model.selected ?? [], theme.accent, 1);
    if (model.box != null) this.box(context, model.box, model.box.handles, theme);
    if (model.marquee != null) this.marquee(context, model, theme);
    this.guides(context, model, theme);
    model.draw?.(context, (point) => this.host.canvasToScreen(point));
    for (const cursor of model.cursors ?? []) this.cursor(context, cursor);
  }

  handleAt(point: Point, touch?: boolean): HandleName | null {
    const box = this.model?.box;
    return box == null ? null : handleNear(point, box.handles, this.corners(box), touch);
  }

  destroy(): void {
    this.canvas.remove();
  }

  private corners(box: TurnedBox): ScreenCorners {
    const [a, b, c, d] = cornersOf(box);
    const on = (point: Point): Point => this.host.canvasToScreen(point);
    return [on(a), on(b), on(c), on(d)];
  }

  /** All outlines in one stroke: 500 selected shapes cost one call. */
  private outlines(
    context: CanvasRenderingContext2D,
    ids: readonly string[],
    color: string,
    width: number,
  ): void {
    if (ids.length === 0) return;
    context.beginPath();
    for (const id of ids) {
      const node = this.host.node(id);
      if (node === undefined) continue;
      const { width: w, height: h } = node.shape;
      tracePolygon(context, this.corners(turnedBox(node, { x: 0, y: 0, width: w, height: h })));
    }
    context.strokeStyle = color;
    context.lineWidth = width;
    context.stroke();
  }

  private remoteSelection(
    context: CanvasRenderingContext2D,
    ids: readonly string[],
    color: string,
    name: string,
  ): void {
    this.outlines(context, ids, color, 1.5);
    let top: Point | null = null;
    for (const id of ids) {
      const node = this.host.node(id);
      if (node === undefined) continue;
      const at = this.host.canvasToScreen({ x: node.minX, y: node.minY });
      if (top === null || at.y < top.y) top = at;
    }
    if (top !== null) label(context, name, top.x, top.y - 20, color);
  }

  private box(
    context: CanvasRenderingContext2D,
    box: TurnedBox,
    handles: readonly HandleName[],
    theme: Theme,
  ): void {
    const corners = this.corners(box);
    context.strokeStyle = theme.accent;
    context.fillStyle = theme.paper;
    context.lineWidth = 1.5;
    context.beginPath();
    tracePolygon(context, corners);
    context.stroke();
    for (const name of handles) {
      const { x, y } = handlePosition(name, corners);
      context.beginPath();
      if (name === "rotate") context.arc(x, y, HANDLE_RADIUS, 0, 2 * Math.PI);
      else context.roundRect(x - HANDLE_RADIUS, y - HANDLE_RADIUS, 2 * HANDLE_RADIUS, 2 * HANDLE_RADIUS, 2);
      context.fill();
      context.stroke();
    }
  }

  private marquee(context: CanvasRenderingContext2D, model: OverlayModel, theme: Theme): void {
    if (model.marquee == null) return;
    context.beginPath();
    tracePolygon(context, this.corners({ rect: model.marquee, rotation: 0 }));
    context.fillStyle = theme.accent;
    context.strokeStyle = theme.accent;
    context.lineWidth = 1;
    context.globalAlpha = 0.1;
    context.fill();
    context.globalAlpha = 1;
    context.stroke();
  }

  private guides(context: CanvasRenderingContext2D, model: OverlayModel, theme: Theme): void {
    if (model.guides === undefined || model.guides.length === 0) return;
    context.beginPath();
    for (const guide of model.guides) {
      const from = this.host.canvasToScreen(guide.from);
      const to = this.host.canvasToScreen(guide.to);
      context.moveTo(from.x, from.y);
      context.lineTo(to.x, to.y);
    }
    context.strokeStyle = theme.accent;
    context.lineWidth = 1;
    context.setLineDash([4, 3]);
    context.stroke();
    context.setLineDash([]);
  }

  private cursor(context: CanvasRenderingContext2D, { at, name, color }: RemoteCursor): void {
    const { x, y } = this.host.canvasToScreen(at);
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + 4.5, y + 15);
    context.lineTo(x + 8, y + 9);
    context.lineTo(x + 15, y + 7.5);
    context.closePath();
    context.fillStyle = color;
    context.fill();
    context.strokeStyle = "#ffffff";
    context.lineWidth = 1.25;
    context.lineJoin = "round";
    context.stroke();
    label(context, name, x + 12, y + 16, color);
  }
}

function tracePolygon(context: CanvasRenderingContext2D, [first, ...rest]: ScreenCorners): void {
  context.moveTo(first.x, first.y);
  for (const { x, y } of rest) context.lineTo(x, y);
  context.closePath();
}

/** A name on a pill of the person's colour. */
function label(context: CanvasRenderingContext2D, name: string, x: number, y: number, color: string): void {
  if (name === "") return;
  context.font = LABEL_FONT;
  context.textAlign = "left";
  const width = context.measureText(name).width + 12;
  context.beginPath();
  context.roundRect(x, y, width, 17, 5);
  context.fillStyle = color;
  context.fill();
  context.fillStyle = "#ffffff";
  context.fillText(name, x + 6, y + 12);
}
