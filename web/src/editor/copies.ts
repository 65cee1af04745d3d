/** Copying shapes: duplicates, clipboard contents, and pasting them. */

import { compareOrder } from "../document/order-key";
import { type Operation, type Shape, shapeFromWire, shapeToWire } from "../document/shape";
import type { Json, Point } from "../engine/types";
import { randomId } from "../sync/outbox-claim";
import type { Shape as WireShape } from "../sync/protocol";
import type { Editor } from "./editor";
import { rounded } from "./transform";

/** What the clipboard holds: JSON text, so that shapes travel between projects and servers. */
interface Clip {
  collabcanvas: "shapes";
  shapes: WireShape[];
}

export function copyText(editor: Editor): string | null {
  const shapes = copied(editor);
  const clip: Clip = { collabcanvas: "shapes", shapes: shapes.map(shapeToWire) };
  return shapes.length > 0 ? JSON.stringify(clip) : null;
}

/** Pastes copied shapes with their middle at a point; false when the text is none of ours. */
export function pasteText(editor: Editor, text: string, at: Point): boolean {
  const shapes = readClip(text);
  if (!shapes || shapes.length === 0) return false;
  const tops = shapes.filter(({ parent }) => parent === null);
  const left = Math.min(...tops.map(({ x }) => x));
  const top = Math.min(...tops.map(({ y }) => y));
  const right = Math.max(...tops.map(({ x, width }) => x + width));
  const bottom = Math.max(...tops.map(({ y, height }) => y + height));
  place(editor, shapes, { x: at.x - (left + right) / 2, y: at.y - (top + bottom) / 2 });
  return true;
}

/** Puts copies of the selection beside it and selects them. */
export function duplicate(editor: Editor, by: Point): void {
  place(editor, copied(editor), by);
}

/** The selection with everything in it; what lay in an unselected parent comes onto the canvas itself. */
function copied(editor: Editor): Shape[] {
  const ids = new Set(editor.withDescendants(editor.selection.value));
  const shapes = [...ids].flatMap((id) => editor.document.get(id) ?? []).sort(compareOrder);
  return shapes.map((shape) => (shape.parent && !ids.has(shape.parent) ? onCanvas(editor, shape) : shape));
}

function onCanvas(editor: Editor, shape: Shape): Shape {
  const box = editor.engine.boxOf(shape.id);
  return box
    ? { ...shape, parent: null, x: box.rect.x, y: box.rect.y, rotation: box.rotation }
    : { ...shape, parent: null };
}

function readClip(text: string): Shape[] | null {
  if (!text.startsWith('{"collabcanvas":"shapes"')) return null;
  try {
    return (JSON.parse(text) as Clip).shapes.map(shapeFromWire);
  } catch {
    return null;
  }
}

function place(editor: Editor, shapes: readonly Shape[], by: Point): void {
  const ids = new Map(shapes.map(({ id }) => [id, randomId()]));
  const tops = shapes.filter(({ parent }) => parent === null);
  const { keys, room } = editor.roomOnTop(tops.length);
  const operations = shapes.map((shape): Operation => {
    const id = ids.get(shape.id) ?? randomId();
    const parent = (shape.parent && ids.get(shape.parent)) ?? null;
    const copy = { ...shape, id, parent, props: withReferences(editor, shape, ids), locked: false };
    if (shape.parent !== null) return { put: shapeToWire(copy) };
    const index = keys[tops.indexOf(shape)] ?? shape.index;
    return { put: shapeToWire({ ...copy, index, x: rounded(shape.x + by.x), y: rounded(shape.y + by.y) }) };
  });
  if (editor.edit([...room, ...operations])) editor.select(tops.flatMap(({ id }) => ids.get(id) ?? []));
}

/** Copies of shapes that refer to each other refer to the copies. */
function withReferences(editor: Editor, shape: Shape, ids: ReadonlyMap<string, string>): Shape["props"] {
  const props: { [key: string]: Json } = { ...shape.props };
  for (const name of editor.catalog.get(shape.type)?.references ?? []) {
    const value = props[name];
    if (Array.isArray(value)) props[name] = value.map((id) => ids.get(String(id)) ?? id);
    else if (value !== undefined) props[name] = ids.get(String(value)) ?? value;
  }
  return props;
}
