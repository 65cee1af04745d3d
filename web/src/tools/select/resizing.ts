import type { Shape } from "../../document/shape";
import { boxPatch } from "../../editor/box-patch";
import type { Editor } from "../../editor/editor";
import { cornerOfEnd, flipped } from "../../editor/flips";
import { resizePolicy, selectionFrame } from "../../editor/overlay";
import { Snapping } from "../../editor/snapping";
import { fitToText } from "../../editor/text-fit";
import {
  difference,
  handleSides,
  rectBetween,
  resize,
  rounded,
  type Scaling,
  scaled,
} from "../../editor/transform";
import type { HandleName, OverlayModel, Point, Rect, TurnedBox } from "../../engine/types";
import type { PointerInput, ToolState } from "../tool";

const CURSORS: Record<string, string> = {
  n: "ns-resize",
  s: "ns-resize",
  e: "ew-resize",
  w: "ew-resize",
  nw: "nwse-resize",
  se: "nwse-resize",
  ne: "nesw-resize",
  sw: "nesw-resize",
};

export const handleCursor = (handle: HandleName): string => CURSORS[handle] ?? "grab";

/**
 * A handle of the selection is dragged, and the edge with it snaps to other shapes. Shift keeps the proportions, alt
 * the centre, the command key from snapping.
 */
export class Resizing implements ToolState {
  readonly name = "select.resizing";
  readonly cursor: string;
  readonly pansAtEdge = true;
  readonly #frame: TurnedBox | null;
  readonly #handle: HandleName;
  readonly #start: { shape: Shape; box: TurnedBox }[];
  readonly #keepAspect: boolean;
  readonly #moving: readonly string[];
  readonly #snapping: Snapping;

  constructor(
    private readonly editor: Editor,
    private readonly pressed: PointerInput,
    handle: HandleName,
  ) {
    this.cursor = handleCursor(handle);
    this.#frame = selectionFrame(editor);
    this.#start = editor.movableSelection().flatMap((shape) => {
      const box = editor.engine.boxOf(shape.id);
      return box ? [{ shape, box }] : [];
    });
    this.#handle = this.#endOf(handle);
    this.#moving = editor.withDescendants(this.#start.map(({ shape }) => shape.id));
    this.#snapping = new Snapping(editor, new Set(this.#moving));
    const several = this.#start.length > 1;
    this.#keepAspect = this.#start.some(({ shape }) => {
      const policy = resizePolicy(editor, shape.type);
      return policy === "keep-aspect" || (several && policy !== "free");
    });
  }

  enter(): void {
    this.editor.history.begin();
    this.editor.engine.setDynamic(this.#moving);
  }

  exit(): void {
    this.editor.engine.setDynamic([]);
  }

  pointerMove(pointer: PointerInput): void {
    const frame = this.#frame;
    if (!frame) return;
    const keepAspect = this.#keepAspect || pointer.shift;
    const moved = this.#snapped(frame, pointer, keepAspect);
    const scaling = resize(frame, this.#handle, moved, { keepAspect, fromCenter: pointer.alt });
    this.editor.edit(
      this.#start.map(({ shape, box }) => {
        const rect = scaled(box, frame.rotation, scaling, resizePolicy(this.editor, shape.type));
        const props = this.#props(shape, scaling, rect);
        return { patch: { ...boxPatch(this.editor, shape, rect), ...(props && { props }) } };
      }),
    );
  }

  pointerUp(): void {
    // Where lines are broken now decides the height.
    for (const { shape } of this.#start) this.editor.edit(fitToText(this.editor, shape.id));
    this.editor.history.complete();
    this.editor.tools.rest();
  }

  cancel(): void {
    this.editor.cancelGesture();
    this.editor.tools.rest();
  }

  overlay(): Partial<OverlayModel> {
    return { guides: this.#snapping.guides };
  }

  /**
   * How far the handle went, with the edges that it drags on the lines near them. What is turned has no upright edges,
   * and with fixed proportions one edge cannot move by itself: both do without.
   */
  #snapped({ rect, rotation }: TurnedBox, pointer: PointerInput, keepAspect: boolean): Point {
    const moved = difference(pointer.canvas, this.pressed.canvas);
    const shift =
      pointer.mod || keepAspect || rotation !== 0 ? this.#snapping.rest() : this.#edgeShift(rect, moved);
    return { x: moved.x + shift.x, y: moved.y + shift.y };
  }

  #edgeShift(rect: Rect, moved: Point): Point {
    const side = handleSides(this.#handle);
    const x = rect.x + (side.x > 0 ? rect.width : 0) + moved.x;
    const y = rect.y + (side.y > 0 ? rect.height : 0) + moved.y;
    const kept = { x: rect.x + (side.x < 0 ? rect.width : 0), y: rect.y + (side.y < 0 ? rect.height : 0) };
    const free = { x: side.x !== 0, y: side.y !== 0 };
    const reached = { x: free.x ? x : rect.x + rect.width, y: free.y ? y : rect.y + rect.height };
    return this.#snapping.snap(rectBetween(kept, reached), { x: [x], y: [y] }, free);
  }

  #endOf(handle: HandleName): HandleName {
    const [only, ...more] = this.#start;
    if (!only || more.length > 0) return handle;
    return cornerOfEnd(handle, only.box.rect, this.editor.catalog.of(only.shape), only.shape.props);
  }

  /** What a new size means for the props: mirrored, or a width that people have chosen. */
  #props(shape: Shape, { x, y }: Scaling, { width }: Rect) {
    const type = this.editor.catalog.of(shape);
    const chosen =
      type?.widthChosen && rounded(width) !== rounded(shape.width) ? { [type.widthChosen]: true } : undefined;
    const mirrored = flipped(type, shape.props, x < 0, y < 0);
    return chosen || mirrored ? { ...mirrored, ...chosen } : undefined;
  }
}
