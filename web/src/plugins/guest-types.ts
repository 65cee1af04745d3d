/** The contract's `shapes` and `drawing` interfaces as js-component-bindgen gives it to JavaScript (names in camel case, options undefined). */

import type { Point, Rect } from "../engine/types";

export type GuestResult<Value> = { tag: "ok"; val: Value } | { tag: "err"; val: GuestProblem };

export interface GuestProblem {
  code: string;
  message: string;
  path?: string;
}

export interface GuestAnchor {
  name: string;
  at: Point;
  direction?: number;
}

export interface GuestShapeInput {
  type: string;
  width: number;
  height: number;
  props: string;
  references: {
    prop: string;
    id: string;
    geometry?: GuestGeometry;
  }[];
}

export interface GuestGeometry {
  box: Rect;
  rotation: number;
  outline?: GuestPathData;
  anchors: GuestAnchor[];
}

export type GuestColor =
  | { tag: "rgba"; val: number }
  | { tag: "ink" }
  | { tag: "paper" }
  | { tag: "muted" }
  | { tag: "accent" };

export type GuestSegment =
  | { tag: "move-to"; val: Point }
  | { tag: "line-to"; val: Point }
  | { tag: "quadratic-to"; val: { control: Point; to: Point } }
  | { tag: "cubic-to"; val: { control1: Point; control2: Point; to: Point } }
  | { tag: "close" };

export type GuestPathData =
  | { tag: "segments"; val: GuestSegment[] }
  | { tag: "flat"; val: ArrayLike<number> };

export interface GuestStroke {
  color: GuestColor;
  width: number;
  dash: ArrayLike<number>;
  cap: string;
  join: string;
}

export interface GuestTextStyle {
  font: string;
  size: number;
  weight: number;
  italic: boolean;
  align: string;
  verticalAlign: string;
  lineHeight: number;
  wrap: boolean;
  color: GuestColor;
}

export type GuestItem =
  | { tag: "path"; val: { data: GuestPathData; fill?: GuestColor; stroke?: GuestStroke } }
  | { tag: "text"; val: { content: string; area: Rect; style: GuestTextStyle } }
  | { tag: "image"; val: { asset: string; area: Rect; fit: string } };

export interface GuestDisplayList {
  bounds: Rect;
  items: GuestItem[];
  outline?: GuestPathData;
  labels: GuestLabelArea[];
  anchors: GuestAnchor[];
}

export interface GuestLabelArea {
  prop: string;
  area: Rect;
  style: GuestTextStyle;
  fit: string;
}

export interface GuestNormalForm {
  /** A JSON text. */
  props: string;
  size?: { width: number; height: number };
}

/** An instance of a plugin. */
export interface GuestShapes {
  validate(shapes: GuestShapeInput[]): GuestResult<GuestNormalForm>[];
  render(shapes: GuestShapeInput[]): GuestResult<GuestDisplayList>[];
}
