/**
 * Keys and clipboard events of the page, as far as they mean the canvas. Whoever presses a tool or a property with a
 * pointer goes on at the canvas; whoever came there by keyboard stays.
 */

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
      if (event.defaultPrevented) return;
      if (endsWriting(event)) {
        event.preventDefault();
        pointers.focus();
        return;
      }
      if (isElsewhere(event)) return;
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
  addEventListener("click", (event) => returnFocus(event, pointers), options);
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

/** Inputs that are pressed or dragged, not written in. */
const PRESSED_INPUTS = "[type=radio], [type=checkbox], [type=color], [type=range], [type=button]";
const WRITTEN_IN = `input:not(${PRESSED_INPUTS}), textarea, select, [contenteditable]`;
const ELSEWHERE = `${WRITTEN_IN}, [role="dialog"], [role="menu"]`;
const CONTROL = `button, a, label, input, [role="radio"], [role="slider"]`;
/** Controls that a pointer is done with once it has pressed them. */
const PRESSED_ONCE = "button, [type=radio], [type=checkbox]";
/** What stands around the canvas and gives the focus back to it. */
const AROUND = "[data-returns-focus]";

/** Whether the event is for a text field or a dialog. */
function isElsewhere({ target }: Event): boolean {
  return target instanceof Element && target.closest(ELSEWHERE) !== null;
}

/** Buttons and the like take space, Enter and arrows for themselves. */
function isControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(CONTROL) !== null;
}

/** Whether the key ends writing in a field beside the canvas. In a text of several lines Enter is a line's end. */
function endsWriting({ target, key, ctrlKey, metaKey, isComposing }: KeyboardEvent): boolean {
  // A list of choices has Enter and Escape for itself.
  if (isComposing || !(target instanceof Element) || !target.matches("input:not([readonly]), textarea"))
    return false;
  if (!target.matches(WRITTEN_IN) || !target.closest(AROUND)) return false;
  return key === "Escape" || (key === "Enter" && (ctrlKey || metaKey || !target.matches("textarea")));
}

/** Keys that make a click, such as arrows among radio buttons, count no presses: `detail` is 0. */
function returnFocus({ target, detail }: MouseEvent, pointers: CanvasPointerInput): void {
  if (detail === 0 || !(target instanceof Element) || !target.closest(AROUND)) return;
  const isOption = target.closest('[role="option"]') !== null;
  // A label hands the focus on to its control only after this.
  setTimeout(() => {
    if (isOption || document.activeElement?.matches(PRESSED_ONCE)) pointers.focus();
  });
}
