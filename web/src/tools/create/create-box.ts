import { boxPatch } from "../../editor/box-patch";
import type { Editor } from "../../editor/editor";
import { flipped } from "../../editor/flips";
import type { ShapeType } from "../../editor/shape-catalog";
import { distance, rectBetween } from "../../editor/transform";
import type { Point, Rect } from "../../engine/types";
import { dragDistance } from "../select/pointing-shape";
import type { KeyInput, PointerInput, ToolState } from "../tool";
import { makeShape } from "./new-shape";

/**
 * Press, drag a box, let go; a click places one of the usual size, and Enter does so in the middle of what is seen. Shift
 * keeps the proportions, alt the centre.
 */
export class CreateBox implements ToolState {
  readonly name = "create.box";
  readonly cursor = "crosshair";
  readonly hidesHandles = true;
  readonly pansAtEdge = true;
  #start: PointerInput | null = null;
  #id: string | undefined;

  constructor(
    private readonly editor: Editor,
    private readonly type: ShapeType,
  ) {}

  exit(): void {
    this.editor.engine.setDynamic([]);
  }

  pointerDown(pointer: PointerInput): void {
    this.editor.select([]);
    this.editor.history.begin();
    this.#start = pointer;
  }

  pointerMove(pointer: PointerInput): void {
    const { editor } = this;
    if (!this.#start) return;
    if (!this.#id && distance(pointer.screen, this.#start.screen) < dragDistance(pointer)) return;
    const rect = this.#drawn(this.#start, pointer);
    const shape = this.#id && editor.document.get(this.#id);
    const { x, y } = this.#start.canvas;
    const props = flipped(this.type, this.type.defaultProps, pointer.canvas.x < x, pointer.canvas.y < y);
    if (shape) editor.edit([{ patch: { ...boxPatch(editor, shape, rect), ...(props && { props }) } }]);
    else if (!this.#id) {
      this.#id = makeShape(editor, this.type, rect, props);
      if (this.#id) editor.engine.setDynamic([this.#id]);
    }
  }

  pointerUp(pointer: PointerInput): void {
    if (!this.#start) return;
    if (!this.#id) makeShape(this.editor, this.type, this.#around(pointer.canvas));
    this.editor.history.complete();
    this.editor.tools.select();
  }

  keyDown({ key }: KeyInput): boolean {
    if (key !== "Enter" || this.#start) return false;
    makeShape(this.editor, this.type, this.#around(this.editor.middle));
    this.editor.tools.select();
    return true;
  }

  interrupt(): void {
    if (this.#start) this.editor.cancelGesture();
    this.editor.tools.rest();
  }

  cancel(): void {
    this.interrupt();
    this.editor.tools.select();
  }

  #around({ x, y }: Point): Rect {
    const { width, height } = this.type.defaultSize;
    return { x: x - width / 2, y: y - height / 2, width, height };
  }

  #drawn({ canvas: from }: PointerInput, { canvas: to, shift, alt }: PointerInput): Rect {
    let width = to.x - from.x;
    let height = to.y - from.y;
    if (shift || this.type.resize === "keep-aspect") {
      const ratio = this.type.defaultSize.width / this.type.defaultSize.height || 1;
      const size = Math.max(Math.abs(width), Math.abs(height) * ratio);
      width = size * (Math.sign(width) || 1);
      height = (size / ratio) * (Math.sign(height) || 1);
    }
    const opposite = { x: from.x + width, y: from.y + height };
    return rectBetween(alt ? { x: from.x - width, y: from.y - height } : from, opposite);
  }
}
