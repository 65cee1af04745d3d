import { createContext, useCallback, useContext, useRef, useSyncExternalStore } from "react";
import { type Action, runAction } from "../actions/registry";
import type { Shape } from "../document/shape";
import type { ProjectSession } from "../editor/project-session";
import { useSignal } from "../reactive/use-signal";
import type { InterfaceState } from "./interface-state";

interface EditorContextValue extends ProjectSession {
  ui: InterfaceState;
}

const EditorContext = createContext<EditorContextValue | null>(null);

export const EditorProvider = EditorContext.Provider;

export function useEditor(): EditorContextValue {
  const value = useContext(EditorContext);
  if (!value) throw new Error("useEditor is for components inside an EditorProvider");
  return value;
}

/** The selected shapes; the component is drawn anew only when one of them changed. */
export function useSelectedShapes(): readonly Shape[] {
  const { editor } = useEditor();
  const last = useRef<readonly Shape[]>([]);
  const subscribe = useCallback(
    (listener: () => void) => {
      const ends = [editor.selection.subscribe(listener), editor.revision.subscribe(listener)];
      return () => {
        for (const end of ends) end();
      };
    },
    [editor],
  );
  return useSyncExternalStore(subscribe, () => {
    const now = editor.selectedShapes();
    const same =
      now.length === last.current.length && now.every((shape, place) => shape === last.current[place]);
    if (!same) last.current = now;
    return last.current;
  });
}

/** Whether this person may change the canvas. */
export function useMayEdit(): boolean {
  const { sync } = useEditor();
  useSignal(sync.state);
  return sync.mayEdit;
}

/** Runs a command by its id. */
export function useRun(): (id: Action["id"]) => void {
  const { editor, ui } = useEditor();
  return useCallback((id) => void runAction({ editor, ui }, id), [editor, ui]);
}

export const isMac = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? "");
