/** A display list made ready: shared by every shape that looks the same. */

import { type Bounds, toBounds, union } from "./geometry";
import { flatten, insideOf, nearLines, type Polyline, pathFault } from "./paths";
import { roughTextBox } from "./text";
import type { Color, DisplayList, TextStyle } from "./types";

/** How a shape looks when it is too small for detail: one filled box. */
export interface SmallLook {
  color: Color;
  /** Outlines and text cover only part of their box. */
  opacity: number;
}

export class Picture {
  readonly bounds: Bounds;
  readonly small: SmallLook | null;
  /** Whether something is filled so that it can do without its thin lines when it is small. */
  readonly filled: boolean;
  /** What the drawing back end made of it; its own business. */
  compiled: unknown = null;
  private outlineLines: Polyline[] | null = null;
  private strokeLines: { lines: Polyline[]; halfWidth: number }[] | null = null;

  constructor(readonly list: DisplayList) {
    this.bounds = drawnBounds(list);
    this.small = smallLook(list);
    this.filled = list.items.some(
      (item) => item.kind === "image" || (item.kind === "path" && item.fill !== null && isSolid(item.fill)),
    );
  }

  /** Whether a local point is on the shape, or at most `tolerance` off it. `box` is the shape's own size. */
  hit(x: number, y: number, tolerance: number, box: { width: number; height: number }): boolean {
    if (this.list.outline !== null) {
      this.outlineLines ??= flatten(this.list.outline);
      const lines = this.outlineLines;
      return insideOf(lines, x, y) || nearLines(lines, x, y, tolerance);
    }
    if (this.isLineDrawing()) return this.hitStrokes(x, y, tolerance);
    return x >= -tolerance && y >= -tolerance && x <= box.width + tolerance && y <= box.height + tolerance;
  }

  /** The contour that is drawn around the selected shape; null: its box. */
  get outline(): DisplayList["outline"] {
    return this.list.outline;
  }

  /** Nothing but open lines: what lies between them is not the shape, whatever its box says. */
  private isLineDrawing(): boolean {
    const { items } = this.list;
    return (
      items.length > 0 &&
      items.every(
        (item) =>
          item.kind === "path" && item.fill === null && item.stroke !== null && !item.data.includes(4),
      )
    );
  }

  private hitStrokes(x: number, y: number, tolerance: number): boolean {
    this.strokeLines ??= this.list.items.flatMap((item) =>
      item.kind === "path" ? [{ lines: flatten(item.data), halfWidth: (item.stroke?.width ?? 0) / 2 }] : [],
    );
    return this.strokeLines.some(({ lines, halfWidth }) => nearLines(lines, x, y, tolerance + halfWidth));
  }
}

/** The list's own bounds, and whatever its texts may run over. */
function drawnBounds(list: DisplayList): Bounds {
  let bounds = toBounds(list.bounds);
  for (const item of list.items)
    if (item.kind === "text") bounds = union(bounds, toBounds(roughTextBox(item)));
  return bounds;
}

function smallLook(list: DisplayList): SmallLook | null {
  let faint: SmallLook | null = null;
  let stroke: SmallLook | null = null;
  let text: SmallLook | null = null;
  for (const item of list.items) {
    if (item.kind === "image") return { color: "muted", opacity: 0.5 };
    if (item.kind === "text") text ??= { color: item.style.color, opacity: 0.3 };
    else {
      if (item.fill !== null && isSolid(item.fill)) return { color: item.fill, opacity: 1 };
      if (item.fill !== null) faint ??= { color: item.fill, opacity: 1 };
      if (item.stroke !== null) stroke ??= { color: item.stroke.color, opacity: 0.5 };
    }
  }
  return stroke ?? faint ?? text;
}

/** Whether a fill alone is enough to be seen: what is see-through or of the background's colour needs its line. */
function isSolid(color: Color): boolean {
  return typeof color === "number" ? (color & 0xff) >= 0x80 : color !== "paper";
}

const finite = (...numbers: number[]): boolean => numbers.every(Number.isFinite);

/** What makes a display list unfit to be drawn, or null. Plugins are strangers: nothing they say is trusted. */
export function displayListFault(list: DisplayList): string | null {
  const { x, y, width, height } = list.bounds;
  if (!finite(x, y, width, height) || width < 0 || height < 0) return "its bounds are not a finite box";
  if (list.outline !== null) {
    const fault = pathFault(list.outline);
    if (fault !== null) return fault;
  }
  for (const { area, style } of list.labels) {
    if (!finite(area.x, area.y, area.width, area.height)) return "the area of a label is not finite";
    if (!isTextSize(style)) return "the text of a label has no finite size above 0";
  }
  for (const { name, at, direction } of list.anchors) {
    if (!finite(at.x, at.y, direction ?? 0)) return `the anchor ${name} is not at a finite place`;
  }
  for (const item of list.items) {
    if (item.kind === "path") {
      const fault = pathFault(item.data) ?? strokeFault(item.stroke);
      if (fault !== null) return fault;
    } else if (!finite(item.area.x, item.area.y, item.area.width, item.area.height)) {
      return `the area of its ${item.kind} is not finite`;
    } else if (item.kind === "text" && !isTextSize(item.style)) {
      return "its text has no finite size above 0";
    }
  }
  return null;
}

const isTextSize = ({ size, lineHeight }: TextStyle): boolean => size > 0 && finite(size, lineHeight);

function strokeFault(stroke: { width: number; dash: readonly number[] } | null): string | null {
  if (stroke === null) return null;
  if (!(stroke.width > 0 && finite(stroke.width))) return "a line's width is not above 0";
  return stroke.dash.every((length) => length >= 0 && finite(length))
    ? null
    : "a line's dashes are not finite lengths";
}
