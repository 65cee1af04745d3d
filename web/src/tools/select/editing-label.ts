import type { Editor } from "../../editor/editor";
import { fitToText } from "../../editor/text-fit";
import type { PointerInput, ToolState } from "../tool";

/** A shape's text is edited in place; the interface lays a text field over the shape meanwhile. */
export class EditingLabel implements ToolState {
  readonly name = "select.editing-label";
  readonly cursor = "default";

  constructor(
    private readonly editor: Editor,
    readonly id: string,
    /** The prop that holds the text; null: that of the shape's first label. */
    readonly prop: string | null = null,
    /** The shape was made just now: it goes away again when nothing is written. */
    private readonly isNew = false,
  ) {}

  enter(): void {
    const { editor, id } = this;
    // A new shape's making and its first text are one entry in the history.
    if (!this.isNew) editor.history.begin();
    editor.select([id]);
    const label = { id, prop: this.prop };
    editor.editingLabel.value = label;
    editor.engine.setHiddenText(label);
  }

  exit(): void {
    const { editor } = this;
    editor.editingLabel.value = null;
    editor.engine.setHiddenText(null);
    if (this.isNew && this.#text() === "") editor.edit([{ delete: this.id }]);
    editor.history.complete();
  }

  /** What the text field holds. */
  write(text: string): void {
    const prop = this.#prop();
    const shape = this.editor.document.get(this.id);
    if (prop !== undefined && shape && shape.props[prop] !== text) {
      this.editor.edit([{ patch: { id: this.id, props: { [prop]: text } } }]);
      this.editor.edit(fitToText(this.editor, this.id));
    }
  }

  pointerDown(pointer: PointerInput): void {
    this.editor.tools.rest();
    this.editor.tools.pointerDown(pointer);
  }

  /** Leaving keeps what was written, as people expect of text. */
  cancel(): void {
    this.editor.tools.rest();
  }

  #text(): unknown {
    const prop = this.#prop();
    return prop === undefined ? undefined : this.editor.document.get(this.id)?.props[prop];
  }

  #prop(): string | undefined {
    return this.editor.engine.labelArea(this)?.prop;
  }
}
