import { useCallback, useSyncExternalStore } from "react";
import type { ReadonlySignal } from "./signal";

/** The value of a signal; the component is drawn anew when it changes. */
export function useSignal<T>(signal: ReadonlySignal<T>): T {
  const subscribe = useCallback((listener: () => void) => signal.subscribe(listener), [signal]);
  return useSyncExternalStore(subscribe, () => signal.value);
}

/** What a component needs of a signal: it is drawn anew only when that changes. `pick` gives no new objects. */
export function useDerived<T, U>(signal: ReadonlySignal<T>, pick: (value: T) => U): U {
  const subscribe = useCallback((listener: () => void) => signal.subscribe(listener), [signal]);
  return useSyncExternalStore(subscribe, () => pick(signal.value));
}

/** Calls back at once, then at most once in so many ms, the last time never left out. */
export function throttled(call: () => void, ms: number): { call: () => void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let missed = false;
  const run = () => {
    if (timer !== undefined) {
      missed = true;
      return;
    }
    call();
    timer = setTimeout(() => {
      timer = undefined;
      const again = missed;
      missed = false;
      if (again) run();
    }, ms);
  };
  return { call: run, stop: () => clearTimeout(timer) };
}
