import type { Patch, Shape } from "../document/shape";
import type { Rect } from "../engine/types";
import type { Editor } from "./editor";
import { center, rounded } from "./transform";

/** What gives a shape this box (before its rotation, on the canvas), written in its parent's frame. */
export function boxPatch(editor: Editor, shape: Shape, rect: Rect): Patch {
  const at = shape.parent ? editor.engine.canvasToParent(shape.id, center(rect)) : center(rect);
  return {
    id: shape.id,
    x: rounded(at.x - rect.width / 2),
    y: rounded(at.y - rect.height / 2),
    width: rounded(rect.width),
    height: rounded(rect.height),
  };
}
