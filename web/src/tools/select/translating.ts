import type { Shape } from "../../document/shape";
import { duplicate } from "../../editor/copies";
import type { Editor } from "../../editor/editor";
import { center, difference, rounded } from "../../editor/transform";
import type { Point } from "../../engine/types";
import type { PointerInput, ToolState } from "../tool";

/** The selection follows the pointer. Shift keeps it on one axis; starting with alt drags copies. */
export class Translating implements ToolState {
  readonly name = "select.translating";
  readonly cursor = "move";
  readonly hidesHandles = true;
  #start: { shape: Shape; center: Point }[] = [];

  constructor(
    private readonly editor: Editor,
    private readonly pressed: PointerInput,
  ) {}

  enter(): void {
    const { editor } = this;
    editor.history.begin();
    if (this.pressed.alt) duplicate(editor, { x: 0, y: 0 });
    this.#start = editor.movableSelection().flatMap((shape) => {
      const box = editor.engine.boxOf(shape.id);
      return box ? [{ shape, center: center(box.rect) }] : [];
    });
    editor.engine.setDynamic(editor.withDescendants(this.#start.map(({ shape }) => shape.id)));
  }

  exit(): void {
    this.editor.engine.setDynamic([]);
  }

  pointerMove(pointer: PointerInput): void {
    const moved = difference(pointer.canvas, this.pressed.canvas);
    if (pointer.shift && Math.abs(moved.x) >= Math.abs(moved.y)) moved.y = 0;
    else if (pointer.shift) moved.x = 0;
    this.editor.edit(this.#start.map(({ shape, center }) => ({ patch: this.#moved(shape, center, moved) })));
  }

  pointerUp(): void {
    this.editor.history.complete();
    this.editor.tools.rest();
  }

  cancel(): void {
    this.editor.cancelGesture();
    this.editor.tools.rest();
  }

  /** The parent's frame may be turned, so the way there is asked of the engine. */
  #moved(shape: Shape, from: Point, moved: Point) {
    const { engine } = this.editor;
    const to = { x: from.x + moved.x, y: from.y + moved.y };
    const way = shape.parent
      ? difference(engine.canvasToParent(shape.id, to), engine.canvasToParent(shape.id, from))
      : moved;
    return { id: shape.id, x: rounded(shape.x + way.x), y: rounded(shape.y + way.y) };
  }
}
