/** All commands there are. */

import type { ShapeCatalog } from "../editor/shape-catalog";
import type { Action, ActionContext } from "./action";
import { ARRANGE_ACTIONS } from "./arrange-actions";
import { EDIT_ACTIONS } from "./edit-actions";
import { matchesShortcut, type PressedKey } from "./shortcut";
import { toolActions } from "./tool-actions";
import { HELP_ACTIONS, VIEW_ACTIONS } from "./view-actions";

export type { Action, ActionContext } from "./action";

/** Every command; those of the tools change with the project's plugins. */
export function allActions(catalog: ShapeCatalog): Action[] {
  return [...EDIT_ACTIONS, ...ARRANGE_ACTIONS, ...VIEW_ACTIONS, ...toolActions(catalog), ...HELP_ACTIONS];
}

export function actionById(catalog: ShapeCatalog, id: string): Action | undefined {
  return allActions(catalog).find((action) => action.id === id);
}

/** Runs a command if it is possible now. */
export function runAction(context: ActionContext, id: string): boolean {
  const action = actionById(context.editor.catalog, id);
  if (!action?.enabled(context)) return false;
  action.run(context);
  return true;
}

/** Runs the command whose shortcut was pressed; false: the key is somebody else's. */
export function runShortcut(context: ActionContext, key: PressedKey): boolean {
  const action = allActions(context.editor.catalog).find(
    ({ native, shortcuts }) => !native && shortcuts?.some((shortcut) => matchesShortcut(shortcut, key)),
  );
  if (!action?.enabled(context)) return false;
  action.run(context);
  return true;
}
