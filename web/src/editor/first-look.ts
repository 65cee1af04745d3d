/**
 * The first look at a canvas shows all of it. The snapshot may be older than the room, so what counts is the canvas
 * that has caught up; unless the person has looked elsewhere by then, whose eyes nobody shall move.
 */

import type { Camera, CanvasEngine } from "../engine/types";
import type { ReadonlySignal } from "../reactive/signal";
import type { SyncState } from "../sync/status";

interface FirstLook {
  state: ReadonlySignal<SyncState>;
  engine: Pick<CanvasEngine, "camera" | "fitAll">;
  /** The snapshot is there to be looked at. */
  loaded: () => void;
  /** So is everything that has happened since. */
  complete: () => void;
}

export function showFirstLook({ state, engine, loaded, complete }: FirstLook): void {
  let shown: Camera | null = null;
  const show = (): Camera => {
    engine.fitAll();
    return engine.camera;
  };
  const end = state.subscribe(() => {
    if (state.value.loaded && shown === null) {
      shown = show();
      loaded();
    }
    if (state.value.phase !== "online" || shown === null) return;
    end();
    if (sameCamera(shown, engine.camera)) show();
    complete();
  });
}

function sameCamera(a: Camera, b: Camera): boolean {
  return a.x === b.x && a.y === b.y && a.zoom === b.zoom;
}
