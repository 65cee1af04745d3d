/**
 * What undoes a gesture. It remembers, for each shape and field that the gesture changed, the value from before its
 * first change; undoing sets just those again, so that what other people changed elsewhere holds.
 */

import { FIELDS, type Operation, operationId, type Patch, type Shape, sameJson, shapeToWire } from "./shape";

type Before = { kind: "absent" } | { kind: "whole"; shape: Shape } | { kind: "fields"; patch: Patch };

export class UndoRecord {
  readonly #before = new Map<string, Before>();

  /** Remembers what operations are about to change; `shape` tells what is shown before them. */
  record(operations: readonly Operation[], shape: (id: string) => Shape | undefined): void {
    for (const operation of operations) {
      const id = operationId(operation);
      const next = remember(this.#before.get(id), operation, shape(id));
      if (next) this.#before.set(id, next);
    }
  }

  /** What sets everything back; what is so already is left out. */
  operations(shape: (id: string) => Shape | undefined): Operation[] {
    return [...this.#before].flatMap(([id, before]) => restore(id, before, shape(id)));
  }

  get ids(): string[] {
    return [...this.#before.keys()];
  }
}

function remember(
  known: Before | undefined,
  operation: Operation,
  shape: Shape | undefined,
): Before | undefined {
  if (known?.kind === "absent" || known?.kind === "whole") return known;
  if (!shape) return "put" in operation ? { kind: "absent" } : known;
  if ("patch" in operation) {
    const before = fieldsBefore(operation.patch, shape);
    return { kind: "fields", patch: known ? overlay(before, known.patch) : before };
  }
  return { kind: "whole", shape: known ? withFields(shape, known.patch) : shape };
}

/** A patch that sets what `patch` sets, to the values that the shape has now. */
function fieldsBefore(patch: Patch, shape: Shape): Patch {
  const before: Record<string, unknown> = { id: shape.id };
  for (const field of FIELDS) if (patch[field] !== undefined) before[field] = shape[field];
  if (patch.props) {
    const names = Object.keys(patch.props);
    before.props = Object.fromEntries(names.map((name) => [name, shape.props[name] ?? null]));
  }
  return before as Patch;
}

function overlay(under: Patch, over: Patch): Patch {
  const props = { ...under.props, ...over.props };
  return { ...under, ...over, ...(under.props || over.props ? { props } : {}) };
}

function withFields(shape: Shape, patch: Patch): Shape {
  const { id: _, props, ...fields } = patch;
  const merged = Object.entries({ ...shape.props, ...props }).filter(([, value]) => value !== null);
  return { ...shape, ...fields, props: Object.fromEntries(merged) } as Shape;
}

function restore(id: string, before: Before, now: Shape | undefined): Operation[] {
  if (before.kind === "absent") return now ? [{ delete: id }] : [];
  if (before.kind === "whole") return [{ put: shapeToWire(before.shape) }];
  return now ? restoreFields(before.patch, now) : [];
}

function restoreFields(before: Patch, now: Shape): Operation[] {
  const patch: Record<string, unknown> = { id: now.id };
  for (const field of FIELDS) {
    if (before[field] !== undefined && before[field] !== now[field]) patch[field] = before[field];
  }
  const props = Object.entries(before.props ?? {}).filter(
    ([name, value]) => !sameJson(value, now.props[name] ?? null),
  );
  if (props.length > 0) patch.props = Object.fromEntries(props);
  return Object.keys(patch).length > 1 ? [{ patch: patch as Patch }] : [];
}
