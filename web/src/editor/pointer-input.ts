/**
 * Pointers, wheel and fingers on the canvas, turned into what tools understand: at most one move a frame, pinches and
 * two-finger pans, long presses, and panning with the middle button, the space bar, or a drag to the edge.
 */

import type { Point } from "../engine/types";
import { HandDragging } from "../tools/hand/hand-dragging";
import { handleCursor } from "../tools/select/resizing";
import type { PointerInput } from "../tools/tool";
import { EdgePan } from "./edge-pan";
import type { Editor } from "./editor";
import { Pinch } from "./pinch";

const LONG_PRESS_MS = 500;
const LONG_PRESS_SLACK = 8;
/** One notch of a wheel that counts lines. */
const LINE_HEIGHT = 16;

export class CanvasPointerInput {
  /** Held: dragging moves the canvas. */
  spaceHeld = false;
  readonly #ends = new AbortController();
  readonly #pinch: Pinch;
  readonly #edgePan: EdgePan;
  #last: PointerEvent | null = null;
  #moves: PointerEvent[] = [];
  #frame = 0;
  #pressed: number | null = null;
  #longPress: ReturnType<typeof setTimeout> | undefined;
  #pressedAt: Point = { x: 0, y: 0 };

  constructor(
    private readonly editor: Editor,
    private readonly element: HTMLElement,
    private readonly openMenu: (screen: Point) => void,
  ) {
    this.#pinch = new Pinch(editor);
    this.#edgePan = new EdgePan(editor, () => this.#moveAgain());
    // A drag can end in other ways than by letting go: Escape, an undo, a second finger.
    this.#ends.signal.addEventListener(
      "abort",
      editor.tools.current.subscribe(() => this.#edgePan.stop()),
    );
    const on = <K extends keyof HTMLElementEventMap>(
      name: K,
      listener: (event: HTMLElementEventMap[K]) => void,
      options?: AddEventListenerOptions,
    ) => element.addEventListener(name, listener, { signal: this.#ends.signal, ...options });
    on("pointerdown", (event) => this.#down(event));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", (event) => this.#up(event));
    on("pointercancel", (event) => this.#lost(event));
    on("pointerleave", () => editor.showPointer(null));
    on("dblclick", (event) => editor.tools.doubleClick(this.#input(event)));
    on("contextmenu", (event) => this.#menu(event));
    on("wheel", (event) => this.#wheel(event), { passive: false });
    this.#ends.signal.addEventListener(
      "abort",
      editor.tools.current.subscribe(() => this.#showCursor()),
    );
    this.#showCursor();
  }

  destroy(): void {
    this.#ends.abort();
    this.#edgePan.stop();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#longPress);
  }

  /** Keys are for the canvas from now on. */
  focus(): void {
    if (document.activeElement !== this.element) this.element.focus({ preventScroll: true });
  }

  #down(event: PointerEvent): void {
    this.#flush();
    this.element.setPointerCapture(event.pointerId);
    this.focus();
    const { editor } = this;
    editor.following.stop();
    if (event.pointerType === "touch" && this.#pinch.down(event.pointerId, this.#screen(event))) {
      clearTimeout(this.#longPress);
      this.#pressed = null;
      editor.tools.interrupt();
      return;
    }
    if (event.button === 2) return;
    this.#pressed = event.pointerId;
    const input = this.#input(event);
    if (event.button === 1 || this.spaceHeld) {
      event.preventDefault();
      editor.tools.go(new HandDragging(editor, input, editor.tools.current.value));
      return;
    }
    if (input.touch) this.#awaitLongPress(input.screen);
    editor.tools.pointerDown(input);
  }

  #move(event: PointerEvent): void {
    if (this.#pinch.move(event.pointerId, this.#screen(event))) return;
    if (this.#pressed !== null && event.pointerId !== this.#pressed) return;
    this.#moves.push(event);
    this.#frame ||= requestAnimationFrame(() => this.#flush());
  }

  #up(event: PointerEvent): void {
    this.#flush();
    clearTimeout(this.#longPress);
    if (this.#pinch.up(event.pointerId) || event.pointerId !== this.#pressed) return;
    this.#pressed = null;
    this.#edgePan.stop();
    this.editor.tools.pointerUp(this.#input(event));
    if (event.pointerType === "touch") this.editor.showPointer(null);
  }

  #lost(event: PointerEvent): void {
    this.#moves = [];
    clearTimeout(this.#longPress);
    this.#pinch.up(event.pointerId);
    if (event.pointerId !== this.#pressed) return;
    this.#pressed = null;
    this.editor.tools.interrupt();
  }

  /** Hands on what has gathered since the last frame. */
  #flush(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const last = this.#moves.at(-1);
    if (!last) return;
    const moves = this.editor.tools.current.value.everyPoint
      ? this.#moves.flatMap((move) => move.getCoalescedEvents?.() ?? [move])
      : [last];
    this.#moves = [];
    const input = this.#input(last);
    this.editor.showPointer(input.canvas);
    if (
      Math.hypot(input.screen.x - this.#pressedAt.x, input.screen.y - this.#pressedAt.y) > LONG_PRESS_SLACK
    ) {
      clearTimeout(this.#longPress);
    }
    for (const move of moves.length > 0 ? moves : [last]) this.editor.tools.pointerMove(this.#input(move));
    this.#last = last;
    if (this.#pressed === null) this.#showCursor(input.screen);
    else if (this.editor.tools.current.value.pansAtEdge) this.#edgePan.follow(input.screen);
  }

  /** The canvas moved below a pointer that did not. */
  #moveAgain(): void {
    if (!this.#last) return;
    const input = this.#input(this.#last);
    this.editor.showPointer(input.canvas);
    this.editor.tools.pointerMove(input);
  }

  #awaitLongPress(screen: Point): void {
    this.#pressedAt = screen;
    clearTimeout(this.#longPress);
    this.#longPress = setTimeout(() => {
      this.#pressed = null;
      this.editor.tools.interrupt();
      this.#openMenuAt(screen);
    }, LONG_PRESS_MS);
  }

  #menu(event: MouseEvent): void {
    event.preventDefault();
    // Fingers open it by a long press of their own.
    if (!(event instanceof PointerEvent) || event.pointerType !== "touch")
      this.#openMenuAt(this.#screen(event));
  }

  #openMenuAt(screen: Point): void {
    const { editor } = this;
    const canvas = editor.engine.screenToCanvas(screen);
    const id = editor.engine.hitTest(canvas);
    editor.pointer = canvas;
    if (id === null) editor.select([]);
    else if (!editor.selection.value.includes(id)) editor.select([id]);
    this.openMenu(screen);
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    const { engine, following } = this.editor;
    following.stop();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_HEIGHT : 1;
    const by = { x: event.deltaX * unit, y: event.deltaY * unit };
    if (event.ctrlKey || event.metaKey) {
      const bounded = Math.max(-100, Math.min(100, by.y));
      engine.zoomAt(this.#screen(event), Math.exp(-bounded * 0.005));
      return;
    }
    const sideways = event.shiftKey && by.x === 0;
    const { x, y, zoom } = engine.camera;
    engine.camera = { x: x + (sideways ? by.y : by.x) / zoom, y: y + (sideways ? 0 : by.y) / zoom, zoom };
  }

  #showCursor(screen?: Point): void {
    const { editor } = this;
    const state = editor.tools.current.value;
    const handle =
      screen && state.name === "select.idle" && editor.mayEdit ? editor.engine.handleAt(screen) : null;
    const wanted = handle ? handleCursor(handle) : this.spaceHeld ? "grab" : (state.cursor ?? "default");
    this.element.style.cursor = wanted;
  }

  #screen(event: MouseEvent): Point {
    const { left, top } = this.element.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  #input(event: MouseEvent): PointerInput {
    const screen = this.#screen(event);
    return {
      screen,
      canvas: this.editor.engine.screenToCanvas(screen),
      shift: event.shiftKey,
      alt: event.altKey,
      mod: event.ctrlKey || event.metaKey,
      touch: event instanceof PointerEvent && event.pointerType === "touch",
    };
  }
}
