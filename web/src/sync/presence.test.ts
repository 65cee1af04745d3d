import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { throttled } from "../reactive/use-signal";
import { People } from "./people";
import { PresenceSender } from "./presence-sender";
import type { Presence, SessionInfo } from "./protocol";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const person = (session: string, cursor?: [number, number]): SessionInfo => ({
  session,
  user: "u",
  name: "Ada",
  hue: 1,
  ...(cursor && { cursor }),
});

describe("presence", () => {
  it("is sent at most thirty times a second, and the last of it always", () => {
    const sent: Presence[] = [];
    const sender = new PresenceSender((presence) => sent.push(presence));
    sender.resume();
    sent.length = 0;
    for (let ms = 0; ms < 1000; ms++) {
      sender.show({ cursor: [ms, 0] });
      vi.advanceTimersByTime(1);
    }
    vi.advanceTimersByTime(100);
    expect(sent.length).toBeLessThanOrEqual(31);
    expect(sent.length).toBeGreaterThan(20);
    expect(sent.at(-1)?.cursor).toEqual([999, 0]);
  });

  it("waits for the connection and is said anew on the next one", () => {
    const sent: Presence[] = [];
    const sender = new PresenceSender((presence) => sent.push(presence));
    sender.show({ selection: ["a"] });
    expect(sent).toEqual([]);
    sender.resume();
    sender.pause();
    sender.resume();
    expect(sent).toEqual([{ selection: ["a"] }, { selection: ["a"] }]);
  });

  it("is not sent again when nothing is different", () => {
    const sent: Presence[] = [];
    const sender = new PresenceSender((presence) => sent.push(presence));
    sender.resume();
    sender.show({ selection: ["a"] });
    vi.advanceTimersByTime(100);
    const before = sent.length;
    sender.show({ selection: ["a"] });
    vi.advanceTimersByTime(100);
    expect(sent.length).toBe(before);
  });
});

describe("people", () => {
  it("come, move and go, and oneself is not among the others", () => {
    const people = new People();
    people.replace([person("me"), person("a")], "me");
    people.update([person("a", [1, 2]), person("b")], []);
    expect(people.others.value.map(({ session }) => session)).toEqual(["a", "b"]);
    expect(people.others.value[0]?.cursor).toEqual([1, 2]);
    expect(people.self.value?.session).toBe("me");
    people.update([], ["a"]);
    expect(people.others.value.map(({ session }) => session)).toEqual(["b"]);
  });
});

describe("throttled calls", () => {
  it("come at once, then now and then, the last never left out", () => {
    let calls = 0;
    const slowly = throttled(() => calls++, 100);
    for (let ms = 0; ms < 1000; ms += 10) {
      slowly.call();
      vi.advanceTimersByTime(10);
    }
    vi.advanceTimersByTime(1000);
    expect(calls).toBeGreaterThanOrEqual(10);
    expect(calls).toBeLessThanOrEqual(12);
  });
});
