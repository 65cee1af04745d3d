import { boxPatch } from "../../editor/box-patch";
import type { Editor } from "../../editor/editor";
import { flipped } from "../../editor/flips";
import type { ShapeType } from "../../editor/shape-catalog";
import { distance, rectBetween } from "../../editor/transform";
import type { Json } from "../../engine/types";
import { dragDistance } from "../select/pointing-shape";
import { tolerance } from "../select/select-idle";
import type { PointerInput, ToolState } from "../tool";
import { makeShape } from "./new-shape";

/** Where the connector begins. */
interface Start {
  pointer: PointerInput;
  /** The shape that was pressed; null: the canvas. */
  joined: string | null;
}

/**
 * Press on a shape, drag, let go on another: the connector is shown meanwhile, and the shape that it would join is
 * outlined. An end on the empty canvas is joined to nothing. A click makes nothing.
 */
export class CreateConnect implements ToolState {
  readonly name = "create.connect";
  readonly cursor = "crosshair";
  readonly hidesHandles = true;
  readonly pansAtEdge = true;
  #start: Start | null = null;
  #id: string | undefined;

  constructor(
    private readonly editor: Editor,
    private readonly type: ShapeType,
  ) {}

  exit(): void {
    this.editor.hovered.value = null;
    this.editor.engine.setDynamic([]);
  }

  pointerDown(pointer: PointerInput): void {
    this.editor.select([]);
    this.editor.history.begin();
    this.#start = { pointer, joined: this.#connectableAt(pointer) };
  }

  pointerMove(pointer: PointerInput): void {
    const joined = this.#connectableAt(pointer);
    this.editor.hovered.value = joined;
    if (!this.#start || (!this.#id && isClick(this.#start, pointer))) return;
    this.#show(this.#start, pointer, joined);
  }

  pointerUp(pointer: PointerInput): void {
    const { editor } = this;
    if (!this.#start) return;
    if (isClick(this.#start, pointer)) {
      editor.cancelGesture();
      editor.tools.rest();
      return;
    }
    this.#show(this.#start, pointer, this.#connectableAt(pointer));
    editor.history.complete();
    editor.tools.select();
  }

  interrupt(): void {
    if (this.#start) this.editor.cancelGesture();
    this.editor.tools.rest();
  }

  cancel(): void {
    this.interrupt();
    this.editor.tools.select();
  }

  /** Makes the connector, or lets it end elsewhere. */
  #show(
    { pointer: { canvas: from }, joined: start }: Start,
    { canvas: to }: PointerInput,
    end: string | null,
  ): void {
    const { editor, type } = this;
    const [first, second] = type.references;
    const rect = rectBetween(from, to);
    const props: { [prop: string]: Json } = {
      ...flipped(type, type.defaultProps, to.x < from.x, to.y < from.y),
      ...(second !== undefined && { [second]: end }),
    };
    const shape = this.#id && editor.document.get(this.#id);
    if (shape) editor.edit([{ patch: { ...boxPatch(editor, shape, rect), props } }]);
    else if (!this.#id) {
      if (first !== undefined) props[first] = start;
      this.#id = makeShape(editor, type, rect, props);
      if (this.#id) editor.engine.setDynamic([this.#id]);
    }
  }

  /** The topmost shape here that may be joined; null also when that is the one where the connector begins. */
  #connectableAt(pointer: PointerInput): string | null {
    const { engine, document, catalog } = this.editor;
    const exclude = new Set(this.#id === undefined ? [] : [this.#id]);
    const hits = engine.hitTestAll(pointer.canvas, { tolerance: tolerance(pointer), exclude });
    const found = hits.find((id) => catalog.get(document.get(id)?.type ?? "")?.connectable);
    return found === undefined || found === this.#start?.joined ? null : found;
  }
}

/** Whether the pointer is still, or again, where it was pressed. */
function isClick({ pointer }: Start, now: PointerInput): boolean {
  return distance(pointer.screen, now.screen) < dragDistance(now);
}
