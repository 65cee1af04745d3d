import { duplicate } from "../editor/copies";
import { stepSelection } from "../editor/step-selection";
import type { Action, ActionContext } from "./action";
import { copySelection, cutSelection, deleteSelection, pasteClipboard } from "./clipboard";

const DUPLICATE_OFFSET = 16;

const mayEdit = ({ editor }: ActionContext) => editor.mayEdit;
const hasSelection = ({ editor }: ActionContext) => editor.selection.value.length > 0;
const mayEditSelection = (context: ActionContext) => mayEdit(context) && hasSelection(context);

function step(id: string, label: string, shortcut: string, by: 1 | -1): Action {
  return {
    id,
    label,
    group: "Edit",
    shortcuts: [shortcut],
    enabled: ({ editor }) => editor.document.size > 0,
    run: ({ editor }) => stepSelection(editor, by),
  };
}

export const EDIT_ACTIONS: readonly Action[] = [
  {
    id: "edit.undo",
    label: "Undo",
    group: "Edit",
    shortcuts: ["mod+z"],
    enabled: ({ editor }) => editor.mayEdit && (editor.history.canUndo.value || editor.drafting.value),
    run: ({ editor }) => editor.undo(),
  },
  {
    id: "edit.redo",
    label: "Redo",
    group: "Edit",
    shortcuts: ["mod+shift+z", "mod+y"],
    enabled: (context) => mayEdit(context) && context.editor.history.canRedo.value,
    run: ({ editor }) => editor.redo(),
  },
  {
    id: "edit.cut",
    label: "Cut",
    group: "Edit",
    shortcuts: ["mod+x"],
    native: true,
    enabled: mayEditSelection,
    run: ({ editor }) => cutSelection(editor),
  },
  {
    id: "edit.copy",
    label: "Copy",
    group: "Edit",
    shortcuts: ["mod+c"],
    native: true,
    enabled: hasSelection,
    run: ({ editor }) => copySelection(editor),
  },
  {
    id: "edit.paste",
    label: "Paste",
    group: "Edit",
    shortcuts: ["mod+v"],
    native: true,
    enabled: mayEdit,
    run: ({ editor }) => void pasteClipboard(editor),
  },
  {
    id: "edit.duplicate",
    label: "Duplicate",
    group: "Edit",
    shortcuts: ["mod+d"],
    enabled: mayEditSelection,
    run: ({ editor }) => duplicate(editor, { x: DUPLICATE_OFFSET, y: DUPLICATE_OFFSET }),
  },
  {
    id: "edit.delete",
    label: "Delete",
    group: "Edit",
    shortcuts: ["delete", "backspace"],
    enabled: mayEditSelection,
    run: ({ editor }) => deleteSelection(editor),
  },
  {
    id: "edit.select-all",
    label: "Select all",
    group: "Edit",
    shortcuts: ["mod+a"],
    enabled: ({ editor }) => editor.document.size > 0,
    run: ({ editor }) =>
      editor.select(
        editor
          .siblings(null)
          .filter(({ locked }) => !locked)
          .map(({ id }) => id),
      ),
  },
  step("edit.select-next", "Select the next shape", ".", 1),
  step("edit.select-previous", "Select the shape before", ",", -1),
  {
    id: "edit.cancel",
    label: "Cancel, or select nothing",
    group: "Edit",
    shortcuts: ["escape"],
    enabled: () => true,
    run: ({ editor }) => editor.tools.cancel(),
  },
];
