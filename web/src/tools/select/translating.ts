import type { Shape } from "../../document/shape";
import { duplicate } from "../../editor/copies";
import type { Editor } from "../../editor/editor";
import { sidesOf } from "../../editor/snap-lines";
import { Snapping } from "../../editor/snapping";
import { center, difference, rounded } from "../../editor/transform";
import type { OverlayModel, Point, Rect } from "../../engine/types";
import type { PointerInput, ToolState } from "../tool";

/**
 * The selection follows the pointer and snaps to other shapes. Shift keeps it on one axis, the command key from
 * snapping; starting with alt drags copies.
 */
export class Translating implements ToolState {
  readonly name = "select.translating";
  readonly cursor = "move";
  readonly hidesHandles = true;
  readonly pansAtEdge = true;
  #start: { shape: Shape; center: Point }[] = [];
  #box: Rect | null = null;
  #snapping: Snapping | null = null;

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
    const moving = editor.withDescendants(this.#start.map(({ shape }) => shape.id));
    this.#box = editor.engine.boundsOf(this.#start.map(({ shape }) => shape.id));
    this.#snapping = new Snapping(editor, new Set(moving));
    editor.engine.setDynamic(moving);
  }

  exit(): void {
    this.editor.engine.setDynamic([]);
  }

  pointerMove(pointer: PointerInput): void {
    const moved = this.#snapped(pointer);
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

  overlay(): Partial<OverlayModel> {
    return { guides: this.#snapping?.guides ?? [] };
  }

  /** How far everything moves for where the pointer is. */
  #snapped(pointer: PointerInput): Point {
    const moved = difference(pointer.canvas, this.pressed.canvas);
    const level = Math.abs(moved.x) >= Math.abs(moved.y);
    const free = { x: !pointer.shift || level, y: !pointer.shift || !level };
    const kept = { x: free.x ? moved.x : 0, y: free.y ? moved.y : 0 };
    if (!this.#box || !this.#snapping) return kept;
    const box = { ...this.#box, x: this.#box.x + kept.x, y: this.#box.y + kept.y };
    const shift = pointer.mod ? this.#snapping.rest() : this.#snapping.snap(box, sidesOf(box), free);
    return { x: kept.x + shift.x, y: kept.y + shift.y };
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
