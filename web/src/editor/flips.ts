import type { Json } from "../engine/types";
import type { ShapeType } from "./shape-catalog";

/** The props of a shape that was turned over; undefined: its type is never mirrored. */
export function flipped(
  type: ShapeType | undefined,
  before: { readonly [key: string]: Json },
  x: boolean,
  y: boolean,
) {
  if (!type?.mirror) return undefined;
  const { horizontal, vertical } = type.mirror;
  return { [horizontal]: (before[horizontal] === true) !== x, [vertical]: (before[vertical] === true) !== y };
}
