import type { Point } from "../engine/types";
import { Signal } from "../reactive/signal";

export type Dialog = "palette" | "shortcuts" | "share" | "plugins" | "name";

/** `auto`: as the system has it. */
export type Appearance = "light" | "dark" | "auto";

/** What of the interface is open. Outside React, so that actions and input can change it. */
export class InterfaceState {
  readonly dialog = new Signal<Dialog | null>(null);
  /** Where the context menu is open, in screen pixels of the canvas. */
  readonly contextMenu = new Signal<Point | null>(null);
  /** On phones: whether the properties are shown. */
  readonly propertiesOpen = new Signal(false);

  constructor(readonly setAppearance: (appearance: Appearance) => void = () => {}) {}

  open(dialog: Dialog): void {
    this.contextMenu.value = null;
    this.dialog.value = dialog;
  }

  close(): void {
    this.dialog.value = null;
  }
}
