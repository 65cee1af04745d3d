import type { Editor } from "../../editor/editor";
import { distance, rectBetween } from "../../editor/transform";
import type { PointerInput, ToolState } from "../tool";
import { dragDistance } from "./pointing-shape";

/** The empty canvas is pressed: a click selects nothing, a drag what it touches; with shift, on top of what was. */
export class Marquee implements ToolState {
  readonly name = "select.marquee";
  readonly hidesHandles = true;
  readonly pansAtEdge = true;
  readonly #before: readonly string[];
  #dragging = false;

  constructor(
    private readonly editor: Editor,
    private readonly start: PointerInput,
  ) {
    this.#before = editor.selection.value;
  }

  enter(): void {
    if (!this.start.shift) this.editor.select([]);
  }

  exit(): void {
    this.editor.marquee.value = null;
  }

  pointerMove(pointer: PointerInput): void {
    this.#dragging ||= distance(pointer.screen, this.start.screen) >= dragDistance(pointer);
    if (!this.#dragging) return;
    const { editor, start } = this;
    const rect = rectBetween(start.canvas, pointer.canvas);
    editor.marquee.value = rect;
    const touched = editor.engine.query(rect).filter((id) => !editor.document.get(id)?.locked);
    editor.select(start.shift ? [...this.#before, ...touched] : touched);
  }

  pointerUp(): void {
    this.editor.tools.rest();
  }

  cancel(): void {
    this.editor.select(this.#before);
    this.editor.tools.rest();
  }
}
