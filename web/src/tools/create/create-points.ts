import type { Editor } from "../../editor/editor";
import type { ShapeType } from "../../editor/shape-catalog";
import { distance } from "../../editor/transform";
import type { OverlayModel, Point } from "../../engine/types";
import { dragDistance } from "../select/pointing-shape";
import type { KeyInput, PointerInput, ToolState } from "../tool";
import { makeShape } from "./new-shape";
import { boxAround } from "./points";

/** Clicks set points; Enter, a double click or a click on the last point ends it. A drag makes a line of two. */
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

  pointerDown(pointer: PointerInput): void {
    this.#pressed = pointer;
    const last = this.#points.at(-1);
    if (last && distance(this.editor.engine.canvasToScreen(last), pointer.screen) < dragDistance(pointer)) {
      this.#finish();
    } else {
      this.#points.push(pointer.canvas);
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
    this.#points.push(pointer.canvas);
    this.#finish();
  }

  doubleClick(): void {
    this.#finish();
  }

  keyDown({ key }: KeyInput): boolean {
    if (key !== "Enter") return false;
    this.#finish();
    return true;
  }

  cancel(): void {
    this.#points = [];
    this.editor.tools.select();
  }

  overlay(): Partial<OverlayModel> {
    const points = this.#next ? [...this.#points, this.#next] : this.#points;
    const guides = points.slice(1).map((to, place) => ({ from: points[place] ?? to, to }));
    return { guides };
  }

  #finish(): void {
    const points = this.#points;
    this.#points = [];
    if (points.length >= 2) {
      const { rect, flat } = boxAround(points);
      makeShape(this.editor, this.type, rect, { points: flat });
    }
    this.editor.tools.select();
  }
}
