import type { Editor } from "../../editor/editor";
import type { ShapeType } from "../../editor/shape-catalog";
import { EditingLabel } from "../select/editing-label";
import type { PointerInput, ToolState } from "../tool";
import { makeShape } from "./new-shape";

/** One click places a shape of the usual size; if it has a text, writing begins at once. */
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
    if (!this.#pressed) return;
    const { editor, type } = this;
    const { width, height } = type.defaultSize;
    editor.history.begin();
    // The pointer is at the middle of the first line, where writing starts.
    const id = makeShape(editor, type, { x: canvas.x, y: canvas.y - height / 2, width, height });
    editor.tools.select();
    if (id && Object.values(type.defaultProps).includes(""))
      editor.tools.go(new EditingLabel(editor, id, null, true));
    else editor.history.complete();
  }

  cancel(): void {
    this.editor.tools.select();
  }
}
