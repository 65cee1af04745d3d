import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Happening, Signal } from "../reactive/signal";
import type { Phase, SyncState } from "../sync/status";
import { ProjectNews } from "./project-news";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const settle = () => vi.advanceTimersByTimeAsync(0);

function open() {
  const state = new Signal<SyncState>({
    phase: "connecting",
    loaded: false,
    role: null,
    session: null,
    unsaved: 0,
    kept: true,
    problem: null,
    stalled: false,
  });
  const pluginsChanged = new Happening<string>();
  const server = { asked: 0, answers: true, takesMs: 0 };
  const news = new ProjectNews({ state, pluginsChanged }, async () => {
    server.asked++;
    const { answers } = server;
    await new Promise((resolve) => setTimeout(resolve, server.takesMs));
    if (!answers) throw new Error("away");
  });
  const become = (...phases: Phase[]) => {
    for (const phase of phases) state.value = { ...state.value, phase };
  };
  return { state, pluginsChanged, server, news, become };
}

describe("the news of a project", () => {
  it("are asked for when the room has some, and when it could not be heard for a while", async () => {
    const { server, pluginsChanged, become } = open();
    become("online");
    await settle();
    expect(server.asked).toBe(0);
    pluginsChanged.tell("basic was enabled");
    await settle();
    expect(server.asked).toBe(1);
    become("reconnecting", "offline", "online");
    await settle();
    expect(server.asked).toBe(2);
  });

  it("are asked for again when there was no answer, ever more slowly, until there is one", async () => {
    const { server, state, pluginsChanged, become } = open();
    become("online");
    server.answers = false;
    pluginsChanged.tell("basic was enabled");
    for (let seconds = 0; seconds < 60; seconds++) {
      state.value = { ...state.value, unsaved: seconds };
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(server.asked).toBeGreaterThan(5);
    expect(server.asked).toBeLessThan(20);
    server.answers = true;
    await vi.advanceTimersByTimeAsync(15_000);
    const { asked } = server;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.asked).toBe(asked);
  });

  it("wait while the connection is away, and are asked for as soon as it is back", async () => {
    const { server, pluginsChanged, become } = open();
    become("online");
    server.answers = false;
    pluginsChanged.tell("basic was enabled");
    await settle();
    become("reconnecting");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.asked).toBe(1);
    server.answers = true;
    become("online");
    await settle();
    expect(server.asked).toBe(2);
  });

  it("are asked for once at a time; what happens meanwhile is asked for afterwards", async () => {
    const { server, pluginsChanged, become } = open();
    become("online");
    server.takesMs = 1_000;
    for (const name of ["basic", "draw", "charts"]) pluginsChanged.tell(`${name} was enabled`);
    expect(server.asked).toBe(1);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(server.asked).toBe(2);
  });

  it("are of no interest once the project is closed", async () => {
    const { server, pluginsChanged, news, become } = open();
    become("online");
    server.answers = false;
    pluginsChanged.tell("basic was enabled");
    await settle();
    news.stop();
    become("reconnecting", "online");
    pluginsChanged.tell("draw was enabled");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.asked).toBe(1);
  });
});
