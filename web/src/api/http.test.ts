import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { request } from "./http";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A server that says no more than what the test has it say. */
function slowServer() {
  let body: ReadableStreamDefaultController<Uint8Array> | undefined;
  const asked: string[] = [];
  let answer: (response: Response) => void = () => {};
  vi.stubGlobal("fetch", (path: string, { signal }: { signal: AbortSignal }) => {
    asked.push(path);
    return new Promise<Response>((resolve, reject) => {
      answer = resolve;
      signal.addEventListener("abort", () => {
        reject(signal.reason);
        body?.error(signal.reason);
      });
    });
  });
  return {
    asked,
    begin() {
      const start = (controller: ReadableStreamDefaultController<Uint8Array>) => {
        body = controller;
      };
      answer(new Response(new ReadableStream({ start })));
    },
    say: (text: string) => body?.enqueue(new TextEncoder().encode(text)),
    end: () => body?.close(),
    breakOff: () => body?.error(new TypeError("network error")),
  };
}

/** What becomes of a request, as far as it is known. */
function outcome(asked: Promise<unknown>) {
  const seen: { value?: unknown; code?: string } = {};
  asked.then(
    (value) => Object.assign(seen, { value }),
    (error) => Object.assign(seen, { code: error.problem?.code ?? String(error) }),
  );
  return seen;
}

describe("an answer", () => {
  it("that never begins is given up", async () => {
    slowServer();
    const seen = outcome(request("GET", "/canvas"));
    await vi.advanceTimersByTimeAsync(14_000);
    expect(seen).toEqual({});
    await vi.advanceTimersByTimeAsync(2_000);
    expect(seen).toEqual({ code: "unreachable" });
  });

  it("may take minutes while some of it comes now and then", async () => {
    const server = slowServer();
    const seen = outcome(request("GET", "/canvas"));
    await vi.advanceTimersByTimeAsync(10_000);
    server.begin();
    server.say("[0");
    for (let part = 1; part < 20; part++) {
      await vi.advanceTimersByTimeAsync(10_000);
      server.say(`,${part}`);
    }
    server.say("]");
    server.end();
    await vi.advanceTimersByTimeAsync(0);
    expect(seen.value).toHaveLength(20);
    await vi.advanceTimersByTimeAsync(60_000);
  });

  it("that stops in the middle is given up, and so is one that breaks off", async () => {
    for (const stop of [() => {}, (server: ReturnType<typeof slowServer>) => server.breakOff()]) {
      const server = slowServer();
      const seen = outcome(request("GET", "/canvas"));
      server.begin();
      server.say("[0");
      await vi.advanceTimersByTimeAsync(0);
      stop(server);
      await vi.advanceTimersByTimeAsync(16_000);
      expect(seen).toEqual({ code: "unreachable" });
    }
  });

  it("to what changes something is waited for: it may have been done", async () => {
    slowServer();
    const seen = outcome(request("POST", "/projects", {}));
    await vi.advanceTimersByTimeAsync(120_000);
    expect(seen).toEqual({});
  });
});
