import type { Editor } from "../../editor/editor";
import type { PointerInput, ToolState } from "../tool";
import { HandDragging } from "./hand-dragging";

/** Waits for a drag of the canvas. */
export class HandIdle implements ToolState {
  readonly name = "hand.idle";
  readonly isIdle = true;
  readonly cursor = "grab";

  constructor(private readonly editor: Editor) {}

  pointerDown(pointer: PointerInput): void {
    this.editor.tools.go(new HandDragging(this.editor, pointer, this));
  }
}
