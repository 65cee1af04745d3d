import type { Editor } from "../../editor/editor";
import type { Camera } from "../../engine/types";
import type { PointerInput, ToolState } from "../tool";

/** Moves the canvas along with the pointer, then goes back to the state before. */
export class HandDragging implements ToolState {
  readonly name = "hand.dragging";
  readonly cursor = "grabbing";
  readonly #camera: Camera;

  constructor(
    private readonly editor: Editor,
    private readonly start: PointerInput,
    private readonly back: ToolState,
  ) {
    this.#camera = { ...editor.engine.camera };
  }

  enter(): void {
    this.editor.following.stop();
  }

  pointerMove({ screen }: PointerInput): void {
    const { x, y, zoom } = this.#camera;
    const dx = (screen.x - this.start.screen.x) / zoom;
    const dy = (screen.y - this.start.screen.y) / zoom;
    this.editor.engine.camera = { x: x - dx, y: y - dy, zoom };
  }

  pointerUp(): void {
    this.editor.tools.go(this.back);
  }

  cancel(): void {
    this.editor.tools.go(this.back);
  }
}
