import type { ReadonlySignal } from "../reactive/signal";
import type { SyncState } from "./status";

/**
 * Has the browser ask before a tab is left whose edits would be lost with it. It listens only then: pages that listen
 * are kept out of some browsers' back and forward cache.
 */
export function guardLeaving(state: ReadonlySignal<SyncState>, ending: AbortSignal): void {
  const ask = (event: Event) => event.preventDefault();
  const update = () => {
    const { unsaved, kept } = state.value;
    if (unsaved > 0 && !kept) addEventListener("beforeunload", ask, { signal: ending });
    else removeEventListener("beforeunload", ask);
  };
  ending.addEventListener("abort", state.subscribe(update));
  update();
}
