import type { Editor } from "./editor";

/** Says that a command did not do some of what it was asked for, and why; nothing when it did all. */
export function sayLeftOut(editor: Editor, count: number, what: string, message: string): void {
  if (count === 0) return;
  const title = count === 1 ? `1 shape was ${what}` : `${count} shapes were ${what}`;
  editor.notices.tell({ title, message });
}
