import { duplicate } from "../editor/copies";
import type { Action, ActionContext } from "./action";
import { copySelection, cutSelection, deleteSelection, pasteClipboard } from "./clipboard";

const DUPLICATE_OFFSET = 16;

const mayEdit = ({ editor }: ActionContext) => editor.mayEdit;
const hasSelection = ({ editor }: ActionContext) => editor.selection.value.length > 0;
const mayEditSelection = (context: ActionContext) => mayEdit(context) && hasSelection(context);

export const EDIT_ACTIONS: readonly Action[] = [
  {
    id: "edit.undo",
    label: "Undo",
    group: "Edit",
    shortcuts: ["mod+z"],
    enabled: (context) => mayEdit(context) && context.editor.history.canUndo.value,
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
  {
    id: "edit.cancel",
    label: "Cancel, or select nothing",
    group: "Edit",
    shortcuts: ["escape"],
    enabled: () => true,
    run: ({ editor }) => editor.tools.cancel(),
  },
];
