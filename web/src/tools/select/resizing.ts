import type { Shape } from "../../document/shape";
import { boxPatch } from "../../editor/box-patch";
import type { Editor } from "../../editor/editor";
import { flipped } from "../../editor/flips";
import { resizePolicy, selectionFrame } from "../../editor/overlay";
import { fitToText } from "../../editor/text-fit";
import { difference, resize, rounded, type Scaling, scaled } from "../../editor/transform";
import type { HandleName, Rect, TurnedBox } from "../../engine/types";
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

/** A handle of the selection is dragged. Shift keeps the proportions, alt the centre. */
export class Resizing implements ToolState {
  readonly name = "select.resizing";
  readonly cursor: string;
  readonly #frame: TurnedBox | null;
  readonly #start: { shape: Shape; box: TurnedBox }[];
  readonly #keepAspect: boolean;

  constructor(
    private readonly editor: Editor,
    private readonly pressed: PointerInput,
    private readonly handle: HandleName,
  ) {
    this.cursor = handleCursor(handle);
    this.#frame = selectionFrame(editor);
    this.#start = editor.movableSelection().flatMap((shape) => {
      const box = editor.engine.boxOf(shape.id);
      return box ? [{ shape, box }] : [];
    });
    const several = this.#start.length > 1;
    this.#keepAspect = this.#start.some(({ shape }) => {
      const policy = resizePolicy(editor, shape.type);
      return policy === "keep-aspect" || (several && policy !== "free");
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
    const frame = this.#frame;
    if (!frame) return;
    const moved = difference(pointer.canvas, this.pressed.canvas);
    const keepAspect = this.#keepAspect || pointer.shift;
    const scaling = resize(frame, this.handle, moved, { keepAspect, fromCenter: pointer.alt });
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

  /** What a new size means for the props: mirrored, or a width that people have chosen. */
  #props(shape: Shape, { x, y }: Scaling, { width }: Rect) {
    const type = this.editor.catalog.of(shape);
    const chosen =
      type?.widthChosen && rounded(width) !== rounded(shape.width) ? { [type.widthChosen]: true } : undefined;
    const mirrored = flipped(type, shape.props, x < 0, y < 0);
    return chosen || mirrored ? { ...mirrored, ...chosen } : undefined;
  }
}
