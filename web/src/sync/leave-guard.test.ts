import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Signal } from "../reactive/signal";
import { guardLeaving } from "./leave-guard";
import type { SyncState } from "./status";

const START: SyncState = {
  phase: "online",
  loaded: true,
  role: "editor",
  session: "me",
  unsaved: 0,
  kept: true,
  problem: null,
  stalled: false,
};

/** Whether the browser asks before the page is left. */
let asks: () => boolean;

beforeEach(() => {
  const page = new EventTarget();
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
  asks = () => !page.dispatchEvent(new Event("beforeunload", { cancelable: true }));
});
afterEach(() => vi.unstubAllGlobals());

describe("leaving the page", () => {
  it("is asked about while edits are neither durable nor kept in the browser, and not otherwise", () => {
    const state = new Signal(START);
    guardLeaving(state, new AbortController().signal);
    for (const [changes, asked] of [
      [{}, false],
      [{ unsaved: 1 }, false],
      [{ unsaved: 1, kept: false }, true],
      [{ unsaved: 2, kept: false }, true],
      [{ unsaved: 2 }, false],
      [{ kept: false }, false],
    ] as const) {
      state.value = { ...START, ...changes };
      expect([changes, asks()]).toEqual([changes, asked]);
    }
  });

  it("is not asked about once the project is closed", () => {
    const state = new Signal({ ...START, unsaved: 1, kept: false });
    const ending = new AbortController();
    guardLeaving(state, ending.signal);
    expect(asks()).toBe(true);
    ending.abort();
    expect(asks()).toBe(false);
    state.value = { ...state.value, unsaved: 2 };
    expect(asks()).toBe(false);
  });
});
