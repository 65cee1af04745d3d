import { createContext, useCallback, useContext, useRef, useSyncExternalStore } from "react";
import { type Action, runAction } from "../actions/registry";
import type { Shape } from "../document/shape";
import type { ProjectSession } from "../editor/project-session";
import { throttled, useDerived } from "../reactive/use-signal";
import type { Role } from "../sync/protocol";
import type { InterfaceState } from "./interface-state";

/** How often the inspector follows shapes that are being dragged. */
const GESTURE_REFRESH_MS = 120;

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
      // While shapes follow the pointer, a few times a second is enough: frames belong to the canvas.
      const slowly = throttled(listener, GESTURE_REFRESH_MS);
      const changed = () => (editor.tools.current.value.isIdle ? listener() : slowly.call());
      const ends = [
        editor.selection.subscribe(listener),
        editor.revision.subscribe(changed),
        editor.tools.current.subscribe(listener),
        slowly.stop,
      ];
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
  return useDerived(sync.state, () => sync.mayEdit);
}

/** This person's role, while it is known. */
export function useRole(): Role | null {
  const { sync } = useEditor();
  return useDerived(sync.state, ({ role }) => role);
}

/** Runs a command by its id. */
export function useRun(): (id: Action["id"]) => void {
  const { editor, ui } = useEditor();
  return useCallback((id) => void runAction({ editor, ui }, id), [editor, ui]);
}

export const isMac = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? "");
