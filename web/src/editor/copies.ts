/** Copying shapes: duplicates, clipboard contents, and pasting them. */

import { compareOrder } from "../document/order-key";
import { type Operation, type Shape, shapeToWire, UNREADABLE_TYPE } from "../document/shape";
import type { Json, Point } from "../engine/types";
import { randomId } from "../sync/outbox-claim";
import { clipText, readClip } from "./clip";
import type { Editor } from "./editor";
import { sayLeftOut } from "./left-out";
import { rounded } from "./transform";

export function copyText(editor: Editor): string | null {
  const shapes = copied(editor);
  return shapes.length > 0 ? clipText(shapes) : null;
}

/** Pastes copied shapes with their middle at a point; false when the text is none of ours. */
export function pasteText(editor: Editor, text: string, at: Point): boolean {
  const clip = readClip(text);
  if (!clip) return false;
  const { shapes, leftOut } = clip;
  sayLeftOut(
    editor,
    leftOut,
    "not pasted",
    "What the clipboard holds in their place is no well-formed shape.",
  );
  if (shapes.length === 0) return leftOut > 0;
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
  const shapes = copied(editor);
  const unreadable = editor.selectedShapes().filter(({ type }) => type === UNREADABLE_TYPE).length;
  sayLeftOut(editor, unreadable, "not duplicated", "Records that cannot be read can only be deleted.");
  if (shapes.length > 0) place(editor, shapes, by);
}

/** The selection with everything in it that can be read; what lay in an unselected parent comes onto the canvas itself. */
function copied(editor: Editor): Shape[] {
  const all = editor.withDescendants(editor.selection.value).flatMap((id) => editor.document.get(id) ?? []);
  const shapes = all.filter(({ type }) => type !== UNREADABLE_TYPE).sort(compareOrder);
  const ids = new Set(shapes.map(({ id }) => id));
  return shapes.map((shape) => (shape.parent && !ids.has(shape.parent) ? onCanvas(editor, shape) : shape));
}

function onCanvas(editor: Editor, shape: Shape): Shape {
  const box = editor.engine.boxOf(shape.id);
  return box
    ? { ...shape, parent: null, x: box.rect.x, y: box.rect.y, rotation: box.rotation }
    : { ...shape, parent: null };
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
