import type { Json } from "../engine/types";
import type { ShapeType } from "./shape-catalog";

/**
 * Shapes that look different mirrored, lines above all, say which way round they lie in the boolean props `flip_x` and
 * `flip_y`. A type without these props is never mirrored.
 */
export function flipped(
  type: ShapeType | undefined,
  before: { readonly [key: string]: Json },
  x: boolean,
  y: boolean,
) {
  const props: { [key: string]: Json } = {};
  if (type?.props.flip_x?.type === "boolean") props.flip_x = (before.flip_x === true) !== x;
  if (type?.props.flip_y?.type === "boolean") props.flip_y = (before.flip_y === true) !== y;
  return Object.keys(props).length > 0 ? props : undefined;
}
