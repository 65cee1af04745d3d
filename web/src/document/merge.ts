/** Folding operations that follow each other into fewer that do the same. */

import { applyPatch, type Operation, operationId, type Patch, shapeFromWire, shapeToWire } from "./shape";

/** The operations of two transactions as those of one, at most one operation a shape. */
export function mergeOperations(first: readonly Operation[], then: readonly Operation[]): Operation[] {
  const merged = new Map<string, Operation>();
  for (const operation of [...first, ...then]) {
    const id = operationId(operation);
    merged.set(id, mergeOperation(merged.get(id), operation));
  }
  return [...merged.values()];
}

function mergeOperation(first: Operation | undefined, then: Operation): Operation {
  if (!first || !("patch" in then)) return then;
  if ("put" in first) return { put: shapeToWire(applyPatch(shapeFromWire(first.put), then.patch)) };
  if ("patch" in first) return { patch: mergePatches(first.patch, then.patch) };
  // A patch of a shape that is gone does nothing.
  return first;
}

function mergePatches(first: Patch, then: Patch): Patch {
  const patch = { ...first, ...then };
  // Nulls stay: they remove props of the shape that the patch will meet.
  return first.props && then.props ? { ...patch, props: { ...first.props, ...then.props } } : patch;
}

/** The most operations put into one transaction, below the server's 10,000. */
const MAX_OPERATIONS = 5_000;
/** The most characters of JSON in one transaction, below the server's 4 MB whatever the characters are. */
const MAX_CHARACTERS = 1_000_000;

/** A patch without props and a delete: ids and numbers. Measuring each would cost a frame of a large drag. */
const SMALL = 200;

function charactersOf(operation: Operation): number {
  const large = "put" in operation || ("patch" in operation && operation.patch.props !== undefined);
  return large ? JSON.stringify(operation).length : SMALL;
}

/** Whether operations fit into one transaction. */
export function fitsTransaction(operations: readonly Operation[]): boolean {
  if (operations.length > MAX_OPERATIONS) return false;
  let characters = 0;
  return operations.every((operation) => {
    characters += charactersOf(operation);
    return characters <= MAX_CHARACTERS;
  });
}

/** Cuts operations into parts that each fit into a transaction. */
export function splitOperations(operations: readonly Operation[]): Operation[][] {
  const parts: Operation[][] = [];
  let part: Operation[] = [];
  let characters = 0;
  for (const operation of operations) {
    const size = charactersOf(operation);
    if (part.length === MAX_OPERATIONS || (part.length > 0 && characters + size > MAX_CHARACTERS)) {
      parts.push(part);
      part = [];
      characters = 0;
    }
    part.push(operation);
    characters += size;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}
