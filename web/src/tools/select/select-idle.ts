import type { Editor } from "../../editor/editor";
import { labelAt } from "../../editor/label-at";
import type { HandleName, Point } from "../../engine/types";
import type { PointerInput, ToolState } from "../tool";
import { EditingLabel } from "./editing-label";
import { Marquee } from "./marquee";
import { PointingShape } from "./pointing-shape";
import { Resizing } from "./resizing";
import { Rotating } from "./rotating";

const NUDGES: Record<string, { x: number; y: number }> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** How far an arrow moves the canvas, in screen pixels. */
const PAN_STEP = 60;

/** Fingers are less exact than a mouse. */
export function tolerance(pointer: PointerInput): number {
  return pointer.touch ? 12 : 4;
}

/** Nothing is under way: what the pointer presses decides. */
export class SelectIdle implements ToolState {
  readonly name = "select.idle";
  readonly isIdle = true;

  /** An arrow is held: everything until it is let go is one step of undo. */
  #nudging = false;

  constructor(private readonly editor: Editor) {}

  exit(): void {
    this.keyUp();
    this.editor.hovered.value = null;
  }

  pointerMove(pointer: PointerInput): void {
    if (!pointer.touch) this.editor.hovered.value = this.editor.engine.hitTest(pointer.canvas);
  }

  pointerDown(pointer: PointerInput): void {
    const { editor } = this;
    const handle = editor.mayEdit ? editor.engine.handleAt(pointer.screen, pointer.touch) : null;
    editor.tools.go(handle ? this.#dragging(handle, pointer) : this.#pressing(pointer));
  }

  doubleClick(pointer: PointerInput): void {
    const id = this.editor.engine.hitTest(pointer.canvas, { tolerance: tolerance(pointer) });
    if (id !== null) this.#editLabel(id, pointer.canvas);
  }

  keyDown({ key, shift }: { key: string; shift: boolean }): boolean {
    const direction = NUDGES[key];
    if (direction) {
      const nothing = this.editor.selection.value.length === 0;
      return nothing ? this.#pan(direction, shift) : this.#nudge(direction, shift ? 10 : 1);
    }
    const [only, ...more] = this.editor.selection.value;
    if (key !== "Enter" || only === undefined || more.length > 0) return false;
    this.#editLabel(only);
    return true;
  }

  keyUp(): void {
    if (this.#nudging) this.editor.history.complete();
    this.#nudging = false;
  }

  cancel(): void {
    this.editor.select([]);
  }

  #dragging(handle: HandleName, pointer: PointerInput): ToolState {
    return handle === "rotate"
      ? new Rotating(this.editor, pointer)
      : new Resizing(this.editor, pointer, handle);
  }

  #pressing(pointer: PointerInput): ToolState {
    const id = this.editor.engine.hitTest(pointer.canvas, { tolerance: tolerance(pointer) });
    return id === null ? new Marquee(this.editor, pointer) : new PointingShape(this.editor, pointer, id);
  }

  /** Edits the text at a point; where there is none, or without a point, the shape's first. */
  #editLabel(id: string, at?: Point): void {
    const { editor } = this;
    const shape = editor.document.get(id);
    const labels = editor.engine.labelAreas(id);
    const label = (at && labelAt(labels, at)) ?? labels[0];
    if (!shape || !label || !editor.mayChange(shape)) return;
    editor.tools.go(new EditingLabel(editor, id, label.prop));
  }

  #nudge({ x, y }: { x: number; y: number }, step: number): boolean {
    const shapes = this.editor.movableSelection();
    if (shapes.length === 0) return false;
    // An undo meanwhile has ended the step.
    if (!this.#nudging || this.editor.history.gesture === null) this.editor.history.begin();
    this.#nudging = true;
    return this.editor.edit(
      shapes.map((shape) => ({ patch: { id: shape.id, x: shape.x + x * step, y: shape.y + y * step } })),
    );
  }

  /** With nothing to move, arrows move the canvas: who has no pointer comes around too. */
  #pan({ x, y }: { x: number; y: number }, far: boolean): boolean {
    const { engine, following } = this.editor;
    const step = (far ? 4 * PAN_STEP : PAN_STEP) / engine.camera.zoom;
    following.stop();
    engine.camera = {
      ...engine.camera,
      x: engine.camera.x + x * step,
      y: engine.camera.y + y * step,
    };
    return true;
  }
}
