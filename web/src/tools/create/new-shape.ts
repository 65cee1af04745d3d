import { type Shape, shapeToWire } from "../../document/shape";
import type { Editor } from "../../editor/editor";
import type { ShapeType } from "../../editor/shape-catalog";
import { rounded } from "../../editor/transform";
import type { Json, Rect } from "../../engine/types";
import { randomId } from "../../sync/outbox-claim";

/** Puts a new shape of a type on top of the canvas and selects it. Undefined: this person may not. */
export function makeShape(editor: Editor, type: ShapeType, rect: Rect, props: { [key: string]: Json } = {}) {
  const { keys, room } = editor.roomOnTop(1);
  const shape: Shape = {
    id: randomId(),
    type: type.name,
    parent: null,
    index: keys[0] ?? "V",
    x: rounded(rect.x),
    y: rounded(rect.y),
    width: rounded(rect.width),
    height: rounded(rect.height),
    rotation: 0,
    opacity: 1,
    locked: false,
    props: { ...type.defaultProps, ...props },
    version: type.version,
  };
  if (!editor.edit([...room, { put: shapeToWire(shape) }])) return undefined;
  editor.select([shape.id]);
  return shape.id;
}
