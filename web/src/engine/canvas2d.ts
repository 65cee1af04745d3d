/** The drawing back end on Canvas2D. */

import type { Detail, DrawingBackend, Surface, View } from "./backend";
import type { Bounds, Matrix } from "./geometry";
import { drawGrid } from "./grid";
import { walkPath } from "./paths";
import type { Picture } from "./picture";
import { layoutText, type MeasureText, type TextLayout } from "./text";
import { cssColor } from "./theme";
import type { Color, ImageItem, PathItem, TextItem, Theme } from "./types";

/** A display list's items with what Canvas2D wants: made once, drawn many times. */
type Part =
  | { kind: "path"; path: Path2D; item: PathItem }
  | { kind: "text"; item: TextItem; layout: TextLayout | null }
  | { kind: "image"; item: ImageItem };

function compile(picture: Picture): Part[] {
  return picture.list.items.map((item): Part => {
    if (item.kind === "text") return { kind: "text", item, layout: null };
    if (item.kind === "image") return { kind: "image", item };
    const path = new Path2D();
    walkPath(item.data, path);
    return { kind: "path", path, item };
  });
}

class Canvas2DSurface implements Surface {
  private readonly canvas: HTMLCanvasElement;
  private readonly context: CanvasRenderingContext2D;
  private pixelRatio = 1;
  private view: View = { scale: 1, tx: 0, ty: 0 };
  // Setting a context's property costs a call into the browser; these remember what it has.
  private fillStyle = "";
  private strokeStyle = "";
  private alpha = 1;
  private dashed = false;
  private flatTransform = false;

  constructor(
    container: HTMLElement,
    private readonly opaque: boolean,
    private readonly backend: Canvas2DBackend,
  ) {
    this.canvas = document.createElement("canvas");
    Object.assign(this.canvas.style, { position: "absolute", left: "0", top: "0", transformOrigin: "0 0" });
    this.canvas.style.pointerEvents = "none";
    const context = this.canvas.getContext("2d", { alpha: !opaque });
    if (context === null) {
      throw new Error("The browser gives no 2D canvas context: expected one, free some memory and reload.");
    }
    this.context = context;
    container.append(this.canvas);
  }

  get width(): number {
    return this.canvas.width;
  }

  get height(): number {
    return this.canvas.height;
  }

  resize(width: number, height: number, pixelRatio: number): void {
    this.pixelRatio = pixelRatio;
    this.canvas.width = width;
    this.canvas.height = height;
    this.canvas.style.width = `${width / pixelRatio}px`;
    this.canvas.style.height = `${height / pixelRatio}px`;
  }

  resume(view: View): void {
    this.view = view;
    this.context.save();
    this.forgetState();
    this.resetTransform();
  }

  begin(region: Bounds, view: View): void {
    this.resume(view);
    const { context } = this;
    const { minX, minY, maxX, maxY } = region;
    const whole = minX <= 0 && minY <= 0 && maxX >= this.width && maxY >= this.height;
    if (!whole) {
      context.beginPath();
      context.rect(minX, minY, maxX - minX, maxY - minY);
      context.clip();
    }
    if (this.opaque) {
      this.setFill(this.backend.theme.paper);
      context.fillRect(minX, minY, maxX - minX, maxY - minY);
      drawGrid(context, region, view, this.pixelRatio, this.backend.theme.grid);
      this.fillStyle = "";
    } else context.clearRect(minX, minY, maxX - minX, maxY - minY);
  }

  end(): void {
    this.context.restore();
  }

  drawPicture(picture: Picture, m: Matrix, sx: number, sy: number, opacity: number, detail: Detail): void {
    picture.compiled ??= compile(picture);
    const k = this.view.scale;
    const { context } = this;
    context.setTransform(
      k * m.a * sx,
      k * m.b * sx,
      k * m.c * sy,
      k * m.d * sy,
      k * m.e + this.view.tx,
      k * m.f + this.view.ty,
    );
    this.flatTransform = false;
    this.setAlpha(opacity);
    for (const part of picture.compiled as Part[]) {
      if (part.kind === "path") this.drawPath(part.path, part.item, detail.strokes);
      else if (part.kind === "image") this.drawImage(part.item);
      else if (part.item.style.size >= detail.minTextSize && !detail.hidden.has(part.item))
        this.drawText(part);
    }
  }

  drawSmall(picture: Picture, bounds: Bounds, opacity: number): void {
    if (picture.small === null) return;
    this.resetTransform();
    this.setAlpha(opacity * picture.small.opacity);
    this.setFill(this.css(picture.small.color));
    const { scale, tx, ty } = this.view;
    this.context.fillRect(
      bounds.minX * scale + tx,
      bounds.minY * scale + ty,
      Math.max(1, (bounds.maxX - bounds.minX) * scale),
      Math.max(1, (bounds.maxY - bounds.minY) * scale),
    );
  }

  shift(dx: number, dy: number): void {
    const { context } = this;
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = 1;
    context.globalCompositeOperation = "copy";
    context.drawImage(this.canvas, dx, dy);
    context.restore();
  }

  place(transform: { scale: number; dx: number; dy: number } | null): void {
    const css =
      transform === null
        ? ""
        : `matrix(${transform.scale},0,0,${transform.scale},${transform.dx / this.pixelRatio},${transform.dy / this.pixelRatio})`;
    if (this.canvas.style.transform !== css) this.canvas.style.transform = css;
  }

  show(visible: boolean): void {
    this.canvas.style.visibility = visible ? "" : "hidden";
  }

  destroy(): void {
    this.canvas.remove();
  }

  private css(color: Color): string {
    return cssColor(color, this.backend.theme);
  }

  private drawPath(path: Path2D, item: PathItem, strokes: boolean): void {
    const { context } = this;
    if (item.fill !== null) {
      this.setFill(this.css(item.fill));
      context.fill(path);
    }
    const { stroke } = item;
    if (stroke === null || !strokes) return;
    const css = this.css(stroke.color);
    if (css !== this.strokeStyle) {
      this.strokeStyle = css;
      context.strokeStyle = css;
    }
    context.lineWidth = stroke.width;
    context.lineCap = stroke.cap;
    context.lineJoin = stroke.join;
    if (stroke.dash.length > 0 || this.dashed) {
      context.setLineDash(stroke.dash as number[]);
      this.dashed = stroke.dash.length > 0;
    }
    context.stroke(path);
  }

  private drawText(part: { item: TextItem; layout: TextLayout | null }): void {
    const { item } = part;
    part.layout ??= layoutText(item, this.backend.measure);
    const { context } = this;
    context.font = part.layout.font;
    context.textAlign = item.style.align;
    this.setFill(this.css(item.style.color));
    for (const line of part.layout.lines) {
      if (line.text !== "") context.fillText(line.text, line.x, line.y);
    }
  }

  /** A quiet box with a cross where an image belongs: canvases have no assets yet. */
  private drawImage({ area }: ImageItem): void {
    const { context } = this;
    this.setFill(this.backend.theme.grid);
    context.fillRect(area.x, area.y, area.width, area.height);
    this.strokeStyle = this.backend.theme.muted;
    context.strokeStyle = this.strokeStyle;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(area.x, area.y);
    context.lineTo(area.x + area.width, area.y + area.height);
    context.moveTo(area.x + area.width, area.y);
    context.lineTo(area.x, area.y + area.height);
    context.stroke();
  }

  private resetTransform(): void {
    if (this.flatTransform) return;
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    this.flatTransform = true;
  }

  private setFill(css: string): void {
    if (css === this.fillStyle) return;
    this.fillStyle = css;
    this.context.fillStyle = css;
  }

  private setAlpha(alpha: number): void {
    if (alpha === this.alpha) return;
    this.alpha = alpha;
    this.context.globalAlpha = alpha;
  }

  private forgetState(): void {
    this.fillStyle = "";
    this.strokeStyle = "";
    this.alpha = 1;
    this.dashed = false;
    this.flatTransform = false;
  }
}

export class Canvas2DBackend implements DrawingBackend {
  constructor(
    public theme: Theme,
    readonly measure: MeasureText,
  ) {}

  createSurface(container: HTMLElement, opaque: boolean): Surface {
    return new Canvas2DSurface(container, opaque, this);
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
  }
}
