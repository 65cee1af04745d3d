import type { Editor } from "../../editor/editor";
import { distance } from "../../editor/transform";
import type { PointerInput, ToolState } from "../tool";
import { Translating } from "./translating";

/** How far a pointer travels, in screen pixels, before a press counts as a drag. */
export function dragDistance(pointer: PointerInput): number {
  return pointer.touch ? 8 : 3;
}

/** A shape is pressed: letting go selects, moving drags. */
export class PointingShape implements ToolState {
  readonly name = "select.pointing-shape";
  /** Whether it was selected before the press: a click with shift then takes it out. */
  readonly #wasSelected: boolean;
  readonly #before: readonly string[];

  constructor(
    private readonly editor: Editor,
    private readonly start: PointerInput,
    private readonly id: string,
  ) {
    this.#before = editor.selection.value;
    this.#wasSelected = editor.selection.value.includes(id);
  }

  enter(): void {
    const { editor, id, start } = this;
    if (this.#wasSelected) return;
    editor.select(start.shift ? [...editor.selection.value, id] : [id]);
  }

  pointerMove(pointer: PointerInput): void {
    if (distance(pointer.screen, this.start.screen) < dragDistance(pointer)) return;
    if (this.editor.movableSelection().length === 0) return;
    const next = new Translating(this.editor, this.start);
    this.editor.tools.go(next);
    next.pointerMove(pointer);
  }

  pointerUp(): void {
    const { editor, id, start } = this;
    if (this.#wasSelected && start.shift)
      editor.select(editor.selection.value.filter((other) => other !== id));
    else if (this.#wasSelected) editor.select([id]);
    editor.tools.rest();
  }

  cancel(): void {
    this.editor.select(this.#before);
    this.editor.tools.rest();
  }
}
