import { useCallback, useSyncExternalStore } from "react";
import type { ReadonlySignal } from "./signal";

/** The value of a signal; the component is drawn anew when it changes. */
export function useSignal<T>(signal: ReadonlySignal<T>): T {
  const subscribe = useCallback((listener: () => void) => signal.subscribe(listener), [signal]);
  return useSyncExternalStore(subscribe, () => signal.value);
}
