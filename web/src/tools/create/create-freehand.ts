import type { Editor } from "../../editor/editor";
import type { ShapeType } from "../../editor/shape-catalog";
import { distance } from "../../editor/transform";
import type { OverlayModel, Point } from "../../engine/types";
import type { PointerInput, ToolState } from "../tool";
import { makeShape } from "./new-shape";
import { boxAround } from "./points";

/** Points nearer than this on screen say nothing new. */
const MIN_STEP = 2;

/** Press, draw, let go. The line is shown from the first moment and becomes a shape at the end. */
export class CreateFreehand implements ToolState {
  readonly name = "create.freehand";
  readonly cursor = "crosshair";
  readonly hidesHandles = true;
  readonly everyPoint = true;
  #points: Point[] = [];

  constructor(
    private readonly editor: Editor,
    private readonly type: ShapeType,
  ) {}

  pointerDown({ canvas }: PointerInput): void {
    this.#points = [canvas];
  }

  pointerMove({ canvas }: PointerInput): void {
    const last = this.#points.at(-1);
    if (!last || distance(last, canvas) * this.editor.engine.camera.zoom < MIN_STEP) return;
    this.#points.push(canvas);
    this.editor.refreshOverlay();
  }

  pointerUp(): void {
    if (this.#points.length > 1) {
      const { rect, flat } = boxAround(this.#points);
      makeShape(this.editor, this.type, rect, { points: flat });
      this.editor.select([]);
    }
    // Who draws one line usually draws another.
    this.editor.tools.rest();
  }

  interrupt(): void {
    this.editor.tools.rest();
  }

  cancel(): void {
    if (this.#points.length > 0) this.editor.tools.rest();
    else this.editor.tools.select();
  }

  overlay(): Partial<OverlayModel> {
    const points = this.#points;
    return { guides: points.slice(1).map((to, place) => ({ from: points[place] ?? to, to })) };
  }
}
