import { describe, expect, it } from "vitest";
import { Signal } from "../reactive/signal";
import type { SyncState } from "../sync/status";
import { showFirstLook } from "./first-look";

const START: SyncState = {
  phase: "connecting",
  loaded: false,
  role: null,
  session: null,
  unsaved: 0,
  kept: true,
  problem: null,
  stalled: false,
};

function look() {
  const state = new Signal<SyncState>(START);
  const told: string[] = [];
  const engine = {
    camera: { x: 0, y: 0, zoom: 1 },
    content: 100,
    fitAll() {
      this.camera = { x: -this.content, y: 0, zoom: 0.5 };
    },
  };
  showFirstLook({
    state,
    engine,
    loaded: () => told.push("loaded"),
    complete: () => told.push("complete"),
  });
  const become = (changes: Partial<SyncState>) => {
    state.value = { ...state.value, ...changes };
  };
  return { engine, told, become };
}

describe("the first look", () => {
  it("shows what the snapshot held, then what came since", () => {
    const { engine, told, become } = look();
    become({ loaded: true });
    expect(engine.camera.x).toBe(-100);
    engine.content = 300;
    become({ phase: "online" });
    expect(engine.camera.x).toBe(-300);
    expect(told).toEqual(["loaded", "complete"]);
  });

  it("leaves a camera alone that the person has moved", () => {
    const { engine, told, become } = look();
    become({ loaded: true });
    engine.camera = { x: 7, y: 7, zoom: 2 };
    become({ phase: "online" });
    expect(engine.camera).toEqual({ x: 7, y: 7, zoom: 2 });
    expect(told).toEqual(["loaded", "complete"]);
  });

  it("is only the first: coming back online later moves nothing", () => {
    const { engine, told, become } = look();
    become({ loaded: true });
    become({ phase: "online" });
    become({ phase: "reconnecting" });
    engine.content = 900;
    become({ phase: "online" });
    expect(engine.camera.x).toBe(-100);
    expect(told).toEqual(["loaded", "complete"]);
  });
});
