/** Copying to and from the clipboard, and deleting. */

import { isLocked, type Operation } from "../document/shape";
import { copyText, pasteText } from "../editor/copies";
import type { Editor } from "../editor/editor";
import { sayLeftOut } from "../editor/left-out";

/** What was copied last in this tab: the system clipboard can only be read where the browser allows it. */
let lastCopied: string | null = null;

/** The selection as text, noted for this tab; null when nothing is selected. */
export function takeCopy(editor: Editor): string | null {
  const text = copyText(editor);
  lastCopied = text ?? lastCopied;
  return text;
}

export function copySelection(editor: Editor): void {
  const text = takeCopy(editor);
  // There is no clipboard on pages that came over plain HTTP, and it may be refused: the copy in this tab remains.
  if (text) navigator.clipboard?.writeText(text).catch(() => undefined);
}

export function cutSelection(editor: Editor): void {
  copySelection(editor);
  deleteSelection(editor);
}

export function deleteSelection(editor: Editor): void {
  const holding = editor.holdingLocked();
  const selected = editor.selectedShapes();
  const removable = selected.filter((shape) => !isLocked(shape) && !holding.has(shape.id));
  const ids = editor.withDescendants(removable.map(({ id }) => id));
  const left = selected.length - removable.length;
  sayLeftOut(editor, left, "not deleted", "They are locked, or hold one that is: unlock it first.");
  editor.edit(ids.map((id): Operation => ({ delete: id })));
}

export async function pasteClipboard(editor: Editor): Promise<void> {
  const text = await navigator.clipboard?.readText().catch(() => null);
  if (!text || !paste(editor, text)) paste(editor, lastCopied ?? "");
}

/** Pastes at the pointer, or in the middle of what is seen. */
export function paste(editor: Editor, text: string): boolean {
  return editor.mayEdit && pasteText(editor, text, editor.pointer ?? editor.middle);
}
