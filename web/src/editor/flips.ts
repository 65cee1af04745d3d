import type { HandleName, Json, Rect } from "../engine/types";
import type { ShapeType } from "./shape-catalog";
import { handleSides } from "./transform";

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

/**
 * On a box with a side of nothing, such as a level line's, two corners lie in one place. This gives the one in which the
 * line ends: so the end that is dragged follows the pointer, and the other stays.
 */
export function cornerOfEnd(
  handle: HandleName,
  { width, height }: Rect,
  type: ShapeType | undefined,
  props: { readonly [key: string]: Json },
): HandleName {
  if (!type?.mirror || handle.length !== 2 || (width > 0 && height > 0)) return handle;
  const { horizontal, vertical } = type.mirror;
  const rises = (props[horizontal] === true) !== (props[vertical] === true);
  const ends: HandleName[] = rises ? ["sw", "ne"] : ["nw", "se"];
  const axis = height === 0 ? "x" : "y";
  return ends.find((end) => handleSides(end)[axis] === handleSides(handle)[axis]) ?? handle;
}
