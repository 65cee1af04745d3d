/** What a tool's state may do. A tool is a state machine; each state is an object that lives while it is current. */

import type { OverlayModel, Point } from "../engine/types";

/** A pointer event, told in both coordinates. */
export interface PointerInput {
  screen: Point;
  canvas: Point;
  shift: boolean;
  alt: boolean;
  /** Control, or Command on a Mac. */
  mod: boolean;
  touch: boolean;
}

export interface KeyInput {
  key: string;
  shift: boolean;
}

export interface ToolState {
  /** For tests and for the interface: `select.idle`. */
  readonly name: string;
  /** Whether nothing is under way that would have to be broken off. */
  readonly isIdle?: boolean;
  /** CSS cursor while this state is current. */
  readonly cursor?: string;
  /** Whether the selection's handles are left out meanwhile. */
  readonly hidesHandles?: boolean;
  /** Whether it wants every point of the pointer's way, not just one a frame. */
  readonly everyPoint?: boolean;
  /** Whether the canvas is panned while the pointer that it follows is at the edge of the screen. */
  readonly pansAtEdge?: boolean;
  enter?(): void;
  /** However the state ends. */
  exit?(): void;
  pointerDown?(pointer: PointerInput): void;
  pointerMove?(pointer: PointerInput): void;
  pointerUp?(pointer: PointerInput): void;
  doubleClick?(pointer: PointerInput): void;
  /** True: the key was meant for this state. */
  keyDown?(key: KeyInput): boolean;
  /** A key was let go. */
  keyUp?(): void;
  /** Goes back to how things were when the gesture began. */
  cancel?(): void;
  /**
   * As `cancel`, but nobody asked for it: a second finger came, or an undo. The tool stays chosen. Without this, `cancel`
   * is done.
   */
  interrupt?(): void;
  /** The document changed, or what this person may do. */
  changed?(): void;
  /** True: undo took back a part of what is under way. */
  undo?(): boolean;
  /** Parts of the overlay that only this state knows. */
  overlay?(): Partial<OverlayModel>;
}
