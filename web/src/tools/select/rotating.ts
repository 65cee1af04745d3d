import type { Shape } from "../../document/shape";
import { boxPatch } from "../../editor/box-patch";
import type { Editor } from "../../editor/editor";
import { selectionFrame } from "../../editor/overlay";
import { center, normalAngle, snapAngle, turn, turned } from "../../editor/transform";
import type { Point, TurnedBox } from "../../engine/types";
import type { PointerInput, ToolState } from "../tool";

/** The selection turns about its centre. Shift snaps to fifteen degrees. */
export class Rotating implements ToolState {
  readonly name = "select.rotating";
  readonly cursor = "grabbing";
  readonly #about: Point;
  readonly #frame: TurnedBox | null;
  readonly #start: { shape: Shape; box: TurnedBox }[];

  constructor(
    private readonly editor: Editor,
    private readonly pressed: PointerInput,
  ) {
    this.#frame = selectionFrame(editor);
    this.#about = this.#frame ? center(this.#frame.rect) : pressed.canvas;
    this.#start = editor.movableSelection().flatMap((shape) => {
      const box = editor.engine.boxOf(shape.id);
      return box ? [{ shape, box }] : [];
    });
  }

  enter(): void {
    this.editor.history.begin();
    this.editor.engine.setDynamic(this.editor.withDescendants(this.#start.map(({ shape }) => shape.id)));
  }

  exit(): void {
    this.editor.engine.setDynamic([]);
  }

  pointerMove(pointer: PointerInput): void {
    const before = this.#frame?.rotation ?? 0;
    const after = before + turned(this.#about, this.pressed.canvas, pointer.canvas);
    const angle = (pointer.shift ? snapAngle(after) : after) - before;
    this.editor.edit(this.#start.map(({ shape, box }) => ({ patch: this.#turned(shape, box, angle) })));
  }

  pointerUp(): void {
    this.editor.history.complete();
    this.editor.tools.rest();
  }

  cancel(): void {
    this.editor.cancelGesture();
    this.editor.tools.rest();
  }

  #turned(shape: Shape, { rect }: TurnedBox, angle: number) {
    const from = center(rect);
    const to = turn(from, this.#about, angle);
    const moved = { ...rect, x: rect.x + to.x - from.x, y: rect.y + to.y - from.y };
    const { id, x, y } = boxPatch(this.editor, shape, moved);
    return { id, x, y, rotation: Number(normalAngle(shape.rotation + angle).toFixed(4)) };
  }
}
