import type { Editor } from "../../editor/editor";
import type { ShapeType } from "../../editor/shape-catalog";
import { distance } from "../../editor/transform";
import type { OverlayModel, Point } from "../../engine/types";
import { dragDistance } from "../select/pointing-shape";
import type { KeyInput, PointerInput, ToolState } from "../tool";
import { makeShape } from "./new-shape";
import { boxAround } from "./points";

/**
 * Clicks set points; Enter, a double click or a click on the last point ends it. A drag makes a line of two. Backspace
 * and undo take the last point back.
 */
export class CreatePoints implements ToolState {
  readonly name = "create.points";
  readonly cursor = "crosshair";
  readonly hidesHandles = true;
  #points: Point[] = [];
  #pressed: PointerInput | null = null;
  #next: Point | null = null;

  constructor(
    private readonly editor: Editor,
    private readonly type: ShapeType,
  ) {}

  enter(): void {
    this.#setPoints(this.#points);
  }

  exit(): void {
    this.editor.drafting.value = false;
  }

  pointerDown(pointer: PointerInput): void {
    this.editor.select([]);
    const last = this.#points.at(-1);
    if (last && distance(this.editor.engine.canvasToScreen(last), pointer.screen) < dragDistance(pointer)) {
      this.#finish();
    } else {
      this.#pressed = pointer;
      this.#setPoints([...this.#points, pointer.canvas]);
    }
  }

  pointerMove(pointer: PointerInput): void {
    this.#next = this.#points.length > 0 ? pointer.canvas : null;
    this.editor.refreshOverlay();
  }

  pointerUp(pointer: PointerInput): void {
    const dragged = this.#pressed && distance(this.#pressed.screen, pointer.screen) >= dragDistance(pointer);
    this.#pressed = null;
    if (!dragged || this.#points.length !== 1) return;
    this.#setPoints([...this.#points, pointer.canvas]);
    this.#finish();
  }

  doubleClick(): void {
    this.#finish();
  }

  keyDown({ key }: KeyInput): boolean {
    if (key === "Backspace") return this.undo();
    if (key !== "Enter") return false;
    this.#finish();
    return true;
  }

  undo(): boolean {
    if (this.#points.length === 0) return false;
    this.#pressed = null;
    this.#setPoints(this.#points.slice(0, -1));
    return true;
  }

  /** Only what the finger has set just now goes: the points before it stay. */
  interrupt(): void {
    this.#next = null;
    if (this.#pressed) this.undo();
  }

  cancel(): void {
    this.editor.tools.select();
  }

  overlay(): Partial<OverlayModel> {
    const points = this.#next ? [...this.#points, this.#next] : this.#points;
    const guides = points.slice(1).map((to, place) => ({ from: points[place] ?? to, to }));
    return { guides };
  }

  #setPoints(points: Point[]): void {
    this.#points = points;
    this.editor.drafting.value = points.length > 0;
    this.editor.refreshOverlay();
  }

  #finish(): void {
    const points = this.#points;
    if (points.length >= 2) {
      const { rect, flat } = boxAround(points);
      makeShape(this.editor, this.type, rect, { points: flat });
    }
    this.editor.tools.select();
  }
}
