/**
 * What the clipboard holds: shapes as JSON text, so that they travel between projects and servers. Anybody can write such
 * a text, and the server ends a session over operations that it cannot read: what is no well-formed shape is left out.
 */

import { MAX_KEY_LENGTH } from "../document/order-key";
import { type Shape, shapeFromWire, shapeToWire } from "../document/shape";
import type { Shape as WireShape } from "../sync/protocol";

interface Clip {
  collabcanvas: "shapes";
  shapes: WireShape[];
}

export function clipText(shapes: readonly Shape[]): string {
  const clip: Clip = { collabcanvas: "shapes", shapes: shapes.map(shapeToWire) };
  return JSON.stringify(clip);
}

/** The shapes of a text, and how many records in it were left out; null when the text is none of ours. */
export function readClip(text: string): { shapes: Shape[]; leftOut: number } | null {
  if (!text.startsWith('{"collabcanvas":"shapes"')) return null;
  let records: unknown;
  try {
    records = (JSON.parse(text) as { shapes?: unknown }).shapes;
  } catch {
    return null;
  }
  if (!Array.isArray(records)) return null;
  const found = new Map<string, Shape>();
  for (const record of records) {
    const shape = readShape(record);
    if (shape) found.set(shape.id, shape);
  }
  const shapes = rooted(found);
  return { shapes, leftOut: records.length - shapes.length };
}

/** The limits of `host/canvas/src/shape.rs`. */
const ID = /^[A-Za-z0-9_-]{1,64}$/;
const TYPE = /^(?!core\/)[a-z0-9-]{1,64}\/[a-z0-9-]{1,64}$/;
const KEY = /^[0-9A-Za-z]*[1-9A-Za-z]$/;
const FAR = 1e9;
const MAX_PROPS_BYTES = 64 * 1024;

type Check = (value: unknown) => boolean;
const text = (form: RegExp, longest: number): Check => {
  return (value) => typeof value === "string" && value.length <= longest && form.test(value);
};
const number = (from: number, to: number): Check => {
  return (value) => typeof value === "number" && value >= from && value <= to;
};

const REQUIRED: Record<string, Check> = {
  id: text(ID, 64),
  type: text(TYPE, 129),
  index: text(KEY, MAX_KEY_LENGTH),
  x: number(-FAR, FAR),
  y: number(-FAR, FAR),
  width: number(0, FAR),
  height: number(0, FAR),
  props: isProps,
};

const OPTIONAL: Record<string, Check> = {
  parent: text(ID, 64),
  rotation: number(-1e6, 1e6),
  opacity: number(0, 1),
  locked: (value) => typeof value === "boolean",
  version: (value) => Number.isInteger(value) && number(1, 2 ** 32 - 1)(value),
};

function isProps(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return new TextEncoder().encode(JSON.stringify(value)).length <= MAX_PROPS_BYTES;
}

/** Only the fields that a shape has; undefined when one of them is not as it should be. */
function readShape(record: unknown): Shape | undefined {
  if (typeof record !== "object" || record === null) return undefined;
  const fields = record as Record<string, unknown>;
  const shape: Record<string, unknown> = {};
  for (const [name, check] of Object.entries(REQUIRED)) {
    if (!check(fields[name])) return undefined;
    shape[name] = fields[name];
  }
  for (const [name, check] of Object.entries(OPTIONAL)) {
    const value = fields[name];
    if (value === undefined || value === null) continue;
    if (!check(value)) return undefined;
    shape[name] = value;
  }
  return shapeFromWire(shape as unknown as WireShape);
}

/** Without those that lie in each other in a circle; what lay in a shape that is not there lies on the canvas. */
function rooted(found: ReadonlyMap<string, Shape>): Shape[] {
  const shapes = [...found.values()].map((shape) =>
    shape.parent !== null && !found.has(shape.parent) ? { ...shape, parent: null } : shape,
  );
  const children = new Map<string | null, Shape[]>();
  for (const shape of shapes) {
    const siblings = children.get(shape.parent);
    if (siblings) siblings.push(shape);
    else children.set(shape.parent, [shape]);
  }
  const reached = new Set(children.get(null));
  for (const { id } of reached) for (const child of children.get(id) ?? []) reached.add(child);
  return shapes.filter((shape) => reached.has(shape));
}
