/** Keys and clipboard events of the page, as far as they mean the canvas. */

import type { ActionContext } from "../actions/action";
import { deleteSelection, paste, takeCopy } from "../actions/clipboard";
import { runShortcut } from "../actions/registry";
import type { CanvasPointerInput } from "./pointer-input";

/** Listens until the signal aborts. */
export function listenToKeys(
  context: ActionContext,
  pointers: CanvasPointerInput,
  signal: AbortSignal,
): void {
  const { editor } = context;
  const options = { signal };
  addEventListener(
    "keydown",
    (event) => {
      if (event.defaultPrevented || isElsewhere(event)) return;
      if (event.key === " " && event.target === document.activeElement && !isControl(event.target)) {
        pointers.spaceHeld = true;
        event.preventDefault();
        return;
      }
      const mod = event.ctrlKey || event.metaKey;
      const plain = !mod && !event.altKey;
      const { key, code, shiftKey: shift, altKey: alt } = event;
      const taken =
        (plain && !isControl(event.target) && editor.tools.keyDown({ key, shift })) ||
        runShortcut(context, { key, code, shift, alt, mod });
      if (taken) event.preventDefault();
    },
    options,
  );
  const release = (space: boolean) => {
    if (space) pointers.spaceHeld = false;
    editor.tools.keyUp();
  };
  addEventListener("keyup", ({ key }) => release(key === " "), options);
  addEventListener("blur", () => release(true), options);
  addEventListener("copy", (event) => takeInto(event, context), options);
  addEventListener(
    "cut",
    (event) => {
      if (takeInto(event, context) && editor.mayEdit) deleteSelection(editor);
    },
    options,
  );
  addEventListener(
    "paste",
    (event) => {
      if (!isElsewhere(event) && paste(editor, event.clipboardData?.getData("text/plain") ?? ""))
        event.preventDefault();
    },
    options,
  );
}

function takeInto(event: ClipboardEvent, { editor }: ActionContext): boolean {
  if (isElsewhere(event) || !getSelection()?.isCollapsed) return false;
  const text = takeCopy(editor);
  if (text === null) return false;
  event.clipboardData?.setData("text/plain", text);
  event.preventDefault();
  return true;
}

/** Whether the event is for a text field or a dialog. */
function isElsewhere({ target }: Event): boolean {
  if (!(target instanceof Element)) return false;
  return (
    target.closest('input, textarea, select, [contenteditable], [role="dialog"], [role="menu"]') !== null
  );
}

/** Buttons and the like take space, Enter and arrows for themselves. */
function isControl(target: EventTarget | null): boolean {
  return (
    target instanceof Element && target.closest("button, a, [role=radio], [role=slider], label") !== null
  );
}
