import type { Editor } from "../editor/editor";
import { Signal } from "../reactive/signal";
import { CreateBox } from "./create/create-box";
import { CreateClick } from "./create/create-click";
import { CreateConnect } from "./create/create-connect";
import { CreateFreehand } from "./create/create-freehand";
import { CreatePoints } from "./create/create-points";
import { HandIdle } from "./hand/hand-idle";
import { SelectIdle } from "./select/select-idle";
import type { KeyInput, PointerInput, ToolState } from "./tool";

/** `select`, `hand`, or the name of a shape type. */
export type ToolName = string;

/** Which tool is chosen and in which state it is. Events go to the current state. */
export class ToolMachine {
  readonly tool = new Signal<ToolName>("select");
  readonly current: Signal<ToolState>;

  constructor(private readonly editor: Editor) {
    this.current = new Signal<ToolState>(new SelectIdle(editor));
  }

  /** Chooses a tool; what the one before was doing is cancelled. */
  choose(tool: ToolName): void {
    this.interrupt();
    this.tool.value = tool;
    this.go(this.#idle());
  }

  /** Enters another state of the same tool. */
  go(next: ToolState): void {
    this.current.value.exit?.();
    this.current.value = next;
    next.enter?.();
  }

  /** Back to the first state of the chosen tool. */
  rest(): void {
    this.go(this.#idle());
  }

  /** Back to selecting, as after a shape has been made. */
  select(): void {
    this.tool.value = "select";
    this.go(new SelectIdle(this.editor));
  }

  pointerDown(pointer: PointerInput): void {
    this.current.value.pointerDown?.(pointer);
  }

  pointerMove(pointer: PointerInput): void {
    this.current.value.pointerMove?.(pointer);
  }

  pointerUp(pointer: PointerInput): void {
    this.current.value.pointerUp?.(pointer);
  }

  doubleClick(pointer: PointerInput): void {
    this.current.value.doubleClick?.(pointer);
  }

  keyDown(key: KeyInput): boolean {
    return this.current.value.keyDown?.(key) ?? false;
  }

  keyUp(): void {
    this.current.value.keyUp?.();
  }

  changed(): void {
    this.current.value.changed?.();
  }

  /** Breaks off what is under way, if anything is. The tool stays chosen. */
  interrupt(): void {
    const { value: state } = this.current;
    if (state.isIdle) return;
    if (state.interrupt) state.interrupt();
    else state.cancel?.();
  }

  /** True: there was something under way of which undo took back a part. */
  undo(): boolean {
    return this.current.value.undo?.() ?? false;
  }

  /** What Escape does: breaks off what is under way, else selects nothing. */
  cancel(): void {
    this.current.value.cancel?.();
  }

  #idle(): ToolState {
    const { value: tool } = this.tool;
    if (tool === "hand") return new HandIdle(this.editor);
    const type = this.editor.catalog.get(tool);
    switch (type?.creation) {
      case "box":
        return new CreateBox(this.editor, type);
      case "click":
        return new CreateClick(this.editor, type);
      case "points":
        return new CreatePoints(this.editor, type);
      case "freehand":
        return new CreateFreehand(this.editor, type);
      case "connect":
        return new CreateConnect(this.editor, type);
      case undefined:
        return new SelectIdle(this.editor);
    }
  }
}
