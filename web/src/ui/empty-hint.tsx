import { useCallback, useSyncExternalStore } from "react";
import type { CreationGesture } from "../plugins/types";
import { useSignal } from "../reactive/use-signal";
import { useEditor, useMayEdit } from "./editor-context";

const HOW_TO: Record<CreationGesture, string> = {
  box: "Drag to draw it, or click to place it.",
  click: "Click to place it.",
  points: "Click to set its points; Enter ends it.",
  freehand: "Press and draw.",
  connect: "Drag from one shape to another, or anywhere.",
};

/** What to do with an empty canvas. Gone with the first shape. */
export function EmptyHint() {
  const { editor } = useEditor();
  const subscribe = useCallback((listener: () => void) => editor.revision.subscribe(listener), [editor]);
  const empty = useSyncExternalStore(subscribe, () => editor.document.size === 0);
  const tool = useSignal(editor.tools.tool);
  const mayEdit = useMayEdit();
  if (!empty) return null;
  const chosen = editor.catalog.get(tool);
  return (
    <div className="cc-empty" aria-live="polite">
      <strong>{mayEdit ? "An empty canvas" : "Nothing here yet"}</strong>
      <span>
        {!mayEdit && "What others draw appears here at once."}
        {mayEdit && !chosen && "Choose a shape and drag it open, or press R for a rectangle."}
        {mayEdit && chosen && HOW_TO[chosen.creation]}
      </span>
    </div>
  );
}
