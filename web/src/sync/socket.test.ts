import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { socketAhead } from "./socket";

/** As much of a WebSocket as is used. */
class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  closed = false;

  constructor(readonly address: string) {
    FakeSocket.all.push(this);
  }

  becomeOpen(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  close(): void {
    this.readyState = 3;
    this.closed = true;
  }
}

function handlers() {
  const told: string[] = [];
  const open = () => told.push("open");
  const message = (message: object) => told.push(Object.keys(message)[0] ?? "");
  const closed = () => told.push("closed");
  return { told, handlers: { open, message, closed } };
}

beforeEach(() => {
  FakeSocket.all = [];
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.stubGlobal("location", { protocol: "https:", host: "canvas.example" });
});
afterEach(() => vi.unstubAllGlobals());

describe("the socket that sets out ahead", () => {
  it("goes to whoever opens the first one, who hears of it as of any other", () => {
    const { openSocket } = socketAhead("p");
    expect(FakeSocket.all.map(({ address }) => address)).toEqual([
      "wss://canvas.example/api/projects/p/live",
    ]);
    const { told, handlers: mine } = handlers();
    openSocket(mine);
    expect(FakeSocket.all).toHaveLength(1);
    FakeSocket.all[0]?.becomeOpen();
    FakeSocket.all[0]?.onmessage?.({ data: '{"tick":{}}' });
    expect(told).toEqual(["open", "tick"]);
  });

  it("that is open already says so once it was handed over, unless it was closed at once", async () => {
    const { openSocket } = socketAhead("p");
    FakeSocket.all[0]?.becomeOpen();
    const { told, handlers: mine } = handlers();
    const socket = openSocket(mine);
    expect(told).toEqual([]);
    await Promise.resolve();
    expect(told).toEqual(["open"]);
    socket.close();

    const other = socketAhead("p");
    FakeSocket.all[1]?.becomeOpen();
    const late = handlers();
    other.openSocket(late.handlers).close();
    await Promise.resolve();
    expect(late.told).toEqual([]);
  });

  it("is given once, and not when it has failed meanwhile", () => {
    const { openSocket } = socketAhead("p");
    openSocket(handlers().handlers);
    openSocket(handlers().handlers);
    expect(FakeSocket.all).toHaveLength(2);
    const other = socketAhead("p");
    FakeSocket.all[2]?.close();
    other.openSocket(handlers().handlers);
    expect(FakeSocket.all).toHaveLength(4);
  });

  it("is closed when nobody will take it", () => {
    socketAhead("p").abandon();
    expect(FakeSocket.all[0]?.closed).toBe(true);
  });
});
