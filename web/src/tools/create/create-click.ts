import type { Editor } from "../../editor/editor";
import type { ShapeType } from "../../editor/shape-catalog";
import type { Point } from "../../engine/types";
import { EditingLabel } from "../select/editing-label";
import type { KeyInput, PointerInput, ToolState } from "../tool";
import { makeShape } from "./new-shape";

/**
 * One click places a shape of the usual size, and Enter does so in the middle of what is seen; if it has a text, writing
 * begins at once.
 */
export class CreateClick implements ToolState {
  readonly name = "create.click";
  readonly cursor = "crosshair";
  readonly hidesHandles = true;
  #pressed = false;

  constructor(
    private readonly editor: Editor,
    private readonly type: ShapeType,
  ) {}

  pointerDown(): void {
    this.#pressed = true;
  }

  pointerUp({ canvas }: PointerInput): void {
    // The pointer is at the middle of the first line, where writing starts.
    if (this.#pressed) this.#place(canvas);
  }

  keyDown({ key }: KeyInput): boolean {
    if (key !== "Enter" || this.#pressed) return false;
    const { x, y } = this.editor.middle;
    this.#place({ x: x - this.type.defaultSize.width / 2, y });
    return true;
  }

  interrupt(): void {
    this.#pressed = false;
  }

  cancel(): void {
    this.editor.tools.select();
  }

  /** With the middle of its left side at a point. */
  #place({ x, y }: Point): void {
    const { editor, type } = this;
    const { width, height } = type.defaultSize;
    editor.history.begin();
    const id = makeShape(editor, type, { x, y: y - height / 2, width, height });
    editor.tools.select();
    if (id && Object.values(type.defaultProps).includes(""))
      editor.tools.go(new EditingLabel(editor, id, null, true));
    else editor.history.complete();
  }
}
