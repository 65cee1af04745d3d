/** Selecting without a pointer: one shape after the other, and what is said of it to those who cannot see it. */

import type { Rect } from "../engine/types";
import type { Editor } from "./editor";
import { revealSelection } from "./reveal";

/** What bars and panels cover at the edges, in screen pixels; on phones there is no room to spare for them. */
const COVERED = { left: 64, top: 60, right: 276, bottom: 56 };
const PHONE_WIDTH = 640;

/** Selects the shape that lies next above (1) or below (-1), round and round, and brings it into view. */
export function stepSelection(editor: Editor, by: 1 | -1): void {
  const ids = editor.engine.order();
  const place = ids.indexOf(editor.selection.value.at(-1) ?? "");
  const next = place < 0 && by < 0 ? ids.length - 1 : (place + by + ids.length) % ids.length;
  const id = ids[next];
  if (id === undefined) return;
  editor.tools.choose("select");
  editor.select([id]);
  revealSelection(editor, freePart(editor.engine.size));
}

function freePart({ width, height }: { width: number; height: number }): Rect {
  if (width <= PHONE_WIDTH) return { x: 0, y: 0, width, height };
  const { left, top, right, bottom } = COVERED;
  return { x: left, y: top, width: width - left - right, height: height - top - bottom };
}

/** What is selected: one shape by what people call it and by its text, or how many. */
export function describeSelection(editor: Editor): string {
  const [shape, ...more] = editor.selectedShapes();
  if (!shape) return "";
  if (more.length > 0) return `${more.length + 1} shapes`;
  const text = editor.engine
    .labelAreas(shape.id)
    .map(({ prop }) => shape.props[prop])
    .find((written) => typeof written === "string" && written !== "");
  const ids = editor.engine.order();
  const place = `${ids.indexOf(shape.id) + 1} of ${ids.length}`;
  return [nameOf(editor, shape.type), text, shape.locked && "locked", place].filter(Boolean).join(", ");
}

/** What people call a type of shape. */
export function nameOf(editor: Editor, type: string): string {
  return editor.catalog.get(type)?.label ?? type.split("/")[1] ?? "Shape";
}
