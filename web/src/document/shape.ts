/** Shapes and operations: from and to the wire, and what an operation makes of a shape. Pure. */

import type { Json, Shape } from "../engine/types";
import type { Operation, Patch, Shape as WireShape } from "../sync/protocol";

export type { Shape } from "../engine/types";
export type { Operation, Patch } from "../sync/protocol";

export type Props = Shape["props"];

/** The shape type of the placeholder for a record that cannot be read: it can only be deleted. */
export const UNREADABLE_TYPE = "core/unreadable";

/** Whether a shape may not be deleted. Placeholders are locked against everything else. */
export function isLocked({ locked, type }: Shape): boolean {
  return locked && type !== UNREADABLE_TYPE;
}

/** Fields that a patch may set, without the props, which merge. */
export const FIELDS = [
  "parent",
  "index",
  "x",
  "y",
  "width",
  "height",
  "rotation",
  "opacity",
  "locked",
] as const;

export type Field = (typeof FIELDS)[number];

export function shapeFromWire(wire: WireShape): Shape {
  return {
    id: wire.id,
    type: wire.type,
    parent: wire.parent ?? null,
    index: wire.index,
    x: wire.x,
    y: wire.y,
    width: wire.width,
    height: wire.height,
    rotation: wire.rotation ?? 0,
    opacity: wire.opacity ?? 1,
    locked: wire.locked ?? false,
    props: wire.props as Props,
    version: wire.version ?? 1,
  };
}

/** The wire form leaves out what has its usual value. */
export function shapeToWire(shape: Shape): WireShape {
  const { parent, rotation, opacity, locked, version, ...rest } = shape;
  return {
    ...rest,
    ...(parent === null ? {} : { parent }),
    ...(rotation === 0 ? {} : { rotation }),
    ...(opacity === 1 ? {} : { opacity }),
    ...(locked ? { locked } : {}),
    props: { ...shape.props },
    ...(version === 1 ? {} : { version }),
  };
}

export function operationId(operation: Operation): string {
  if ("put" in operation) return operation.put.id;
  if ("patch" in operation) return operation.patch.id;
  return operation.delete;
}

/** What an operation makes of a shape; undefined: there is none. The same rules as `Document::apply` in Rust. */
export function applyOperation(shape: Shape | undefined, operation: Operation): Shape | undefined {
  if ("put" in operation) return shapeFromWire(operation.put);
  if ("delete" in operation) return undefined;
  return shape && applyPatch(shape, operation.patch);
}

export function applyPatch(shape: Shape, patch: Patch): Shape {
  const { id: _, props, ...fields } = patch;
  const next = { ...shape, ...fields } as Shape;
  return props ? { ...next, props: mergeProps(shape.props, props) } : next;
}

/** Top-level props replace those of the same names; null removes one. */
export function mergeProps(props: Props, patch: Record<string, unknown>): Props {
  const merged: { [key: string]: Json } = { ...props };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null || value === undefined) delete merged[name];
    else merged[name] = value as Json;
  }
  return merged;
}

export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every((name) => Object.hasOwn(right, name) && sameJson(left[name], right[name]));
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a.type !== b.type || a.version !== b.version) return false;
  return FIELDS.every((field) => a[field] === b[field]) && sameJson(a.props, b.props);
}
