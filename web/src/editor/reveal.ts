import type { Rect } from "../engine/types";
import type { Editor } from "./editor";

/** Room left around what is revealed, in screen pixels. */
const PADDING = 24;

/**
 * Moves the canvas so that the selection lies within a part of the screen, because something covers the rest. The zoom
 * stays; what is larger than the part has its middle there.
 */
export function revealSelection(editor: Editor, part: Rect): void {
  const { engine, selection, following } = editor;
  const bounds = engine.boundsOf(selection.value);
  if (!bounds) return;
  const { x, y, zoom } = engine.camera;
  const at = engine.canvasToScreen(bounds);
  const dx = shiftInto(at.x, bounds.width * zoom, part.x + PADDING, part.width - 2 * PADDING);
  const dy = shiftInto(at.y, bounds.height * zoom, part.y + PADDING, part.height - 2 * PADDING);
  if (dx === 0 && dy === 0) return;
  following.stop();
  engine.camera = { x: x - dx / zoom, y: y - dy / zoom, zoom };
}

/** How far to shift a stretch so that it lies within another; a longer one is centred. */
function shiftInto(start: number, length: number, from: number, room: number): number {
  if (length > room) return from + room / 2 - (start + length / 2);
  if (start < from) return from - start;
  return Math.min(0, from + room - (start + length));
}
