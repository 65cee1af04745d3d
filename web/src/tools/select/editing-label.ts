import type { Editor } from "../../editor/editor";
import { fitToText } from "../../editor/text-fit";
import type { PointerInput, ToolState } from "../tool";

/**
 * A shape's text is edited in place; the interface lays a text field over the shape meanwhile. When the shape cannot be
 * written in any more, the editing ends, and what was written is handed back in a notice.
 */
export class EditingLabel implements ToolState {
  readonly name = "select.editing-label";
  readonly cursor = "default";
  #known: string | undefined;
  /** What the text field holds; undefined: nothing was written. */
  #written: string | undefined;
  #isOver = false;

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
    this.#isOver = true;
    editor.editingLabel.value = null;
    editor.engine.setHiddenText(null);
    const text = this.#text();
    if (this.isNew && text === "") editor.edit([{ delete: this.id }]);
    editor.history.complete();
    const obstacle = this.#obstacle();
    if (obstacle) this.#handBack("Your writing was ended", obstacle);
    else if (text !== this.#written) this.#handBack("Your text was not kept", "The shape holds another one.");
  }

  changed(): void {
    if (!this.#isOver && this.#obstacle()) this.editor.tools.rest();
  }

  /** What the text field holds. */
  write(text: string): void {
    this.#written = text;
    const prop = this.#writtenProp;
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

  /** Why nothing can be written any more. */
  #obstacle(): string | null {
    const { editor } = this;
    const shape = editor.document.get(this.id);
    if (!shape) return "The shape was deleted meanwhile.";
    if (!editor.mayEdit) return "You may no longer change this canvas.";
    return editor.mayChange(shape) ? null : "The shape was locked meanwhile.";
  }

  #handBack(title: string, message: string): void {
    const { notices } = this.editor;
    if (this.#written) notices.tell({ title, message, written: this.#written });
  }

  #text(): unknown {
    const prop = this.#writtenProp;
    return prop === undefined ? undefined : this.editor.document.get(this.id)?.props[prop];
  }

  /** The prop that is written, once the shape has been drawn. */
  get #writtenProp(): string | undefined {
    this.#known ??= this.prop ?? this.editor.engine.labelArea(this)?.prop;
    return this.#known;
  }
}
