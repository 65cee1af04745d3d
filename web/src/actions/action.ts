/** A command that a person can give: menus, command palette, shortcut sheet, keyboard and tests all read these. */

import type { Editor } from "../editor/editor";
import type { InterfaceState } from "../ui/interface-state";

export interface ActionContext {
  editor: Editor;
  ui: InterfaceState;
}

export type ActionGroup = "Edit" | "Arrange" | "View" | "Tools" | "Help";

export interface Action {
  /** Stable, for tests and for menus that show a few of them: `edit.undo`. */
  id: string;
  label: string;
  group: ActionGroup;
  /** `mod+shift+z`; `mod` is Control, or Command on a Mac. */
  shortcuts?: readonly string[];
  /** The browser tells of the shortcut by an event of its own (copy, cut, paste). */
  native?: boolean;
  enabled(context: ActionContext): boolean;
  run(context: ActionContext): void;
}
