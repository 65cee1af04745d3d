import { useCallback, useSyncExternalStore } from "react";
import { shownShortcut } from "../actions/shortcut";
import { toolActions } from "../actions/tool-actions";
import type { ShapeType } from "../editor/shape-catalog";
import { useSignal } from "../reactive/use-signal";
import { isMac, useEditor, useMayEdit } from "./editor-context";

/** What to do with an empty canvas. Gone with the first shape. */
export function EmptyHint() {
  const { editor } = useEditor();
  const subscribe = useCallback((listener: () => void) => editor.revision.subscribe(listener), [editor]);
  const empty = useSyncExternalStore(subscribe, () => editor.document.size === 0);
  const tool = useSignal(editor.tools.tool);
  const types = useSignal(editor.catalog.types);
  const mayEdit = useMayEdit();
  if (!empty) return null;
  const chosen = editor.catalog.get(tool);
  return (
    <div className="cc-empty" aria-live="polite">
      <strong>{mayEdit ? "An empty canvas" : "Nothing here yet"}</strong>
      <span>
        {!mayEdit && "What others draw appears here at once."}
        {mayEdit && chosen && HOW[chosen.creation]}
        {mayEdit && !chosen && types.length === 0 && "No plugin of this project has shapes to draw."}
        {mayEdit && !chosen && types.length > 0 && "Choose a shape and drag it open"}
        {mayEdit && !chosen && types.length > 0 && <FirstKey />}
      </span>
    </div>
  );
}

const HOW: Record<ShapeType["creation"], string> = {
  box: "Drag to draw it, or click to place it.",
  click: "Click to place it.",
  points: "Click from point to point; Enter ends it.",
  freehand: "Press and draw.",
  connect: "Drag from one shape to another, or anywhere.",
};

/** The first tool that has a key, for those who have keys. */
function FirstKey() {
  const { editor } = useEditor();
  const first = toolActions(editor.catalog).find(({ id, shortcuts }) => shortcuts && id.includes("/"));
  if (!first?.shortcuts?.[0]) return ".";
  const key = shownShortcut(first.shortcuts[0], isMac).join(" ");
  return (
    <>
      <span className="cc-with-keys">
        , or press {key} for {first.label}
      </span>
      .
    </>
  );
}
