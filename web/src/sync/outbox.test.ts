import "fake-indexeddb/auto";
import { describe, expect, it, vi } from "vitest";
import { claimOutbox, randomId } from "./outbox-claim";
import { OutboxKeeper } from "./outbox-keeper";
import { IndexedDbOutboxStore } from "./outbox-store";
import { MemoryOutbox } from "./testing";

/** Web Locks, as far as claims use them. */
class FakeLocks {
  held = new Set<string>();

  async request(
    name: string,
    _options: LockOptions,
    granted: (lock: object | null) => Promise<void> | undefined,
  ) {
    if (this.held.has(name)) return granted(null);
    this.held.add(name);
    await granted({ name });
    this.held.delete(name);
  }
}

const stored = (client: string, number: number, user = "u") => ({
  user,
  project: "p",
  client,
  number,
  operations: [{ delete: `${number}` }],
  written: 0,
});

describe("the outbox", () => {
  it("gives back a user's edits of one project in order, and forgets those that are durable", async () => {
    const store = new IndexedDbOutboxStore(randomId());
    for (const number of [2, 10, 1]) await store.put(stored("tab", number));
    await store.put(stored("tab", 1, "somebody-else"));
    await store.put({ ...stored("tab", 1), project: "another" });
    expect((await store.load("u", "p")).map((edit) => edit.number)).toEqual([1, 2, 10]);
    await store.remove("u", "p", "tab", [1, 2]);
    expect((await store.load("u", "p")).map((edit) => edit.number)).toEqual([10]);
  });

  it("of a closed tab goes to the next one, of an open tab to nobody (D3)", async () => {
    const locks = new FakeLocks() as unknown as LockManager;
    const store = new IndexedDbOutboxStore(randomId());
    const first = claimOutbox(store, "u", "p", locks);
    await store.put(stored(first.own, 1));
    const second = claimOutbox(store, "u", "p", locks);
    expect(await second.adopt()).toEqual({ edits: [], again: 60_000 });
    first.release();
    await Promise.resolve();
    expect((await second.adopt()).edits.map((edit) => edit.client)).toEqual([first.own]);
    expect(await second.adopt()).toEqual({ edits: [], again: null });
  });

  it("without Web Locks goes to the next tab after a minute of silence", async () => {
    const store = new IndexedDbOutboxStore(randomId());
    await store.put({ ...stored("old", 1), written: 1_000_000 });
    const early = claimOutbox(store, "u", "p", undefined, () => 1_030_000);
    expect(await early.adopt()).toEqual({ edits: [], again: 30_000 });
    const late = claimOutbox(store, "u", "p", undefined, () => 1_061_000);
    expect((await late.adopt()).edits).toHaveLength(1);
  });

  it("is nobody's while the browser refuses to say whose it is", async () => {
    const locks = { request: () => Promise.reject(new Error("no storage")) } as unknown as LockManager;
    const store = new IndexedDbOutboxStore(randomId());
    await store.put(stored("old", 1));
    expect(await claimOutbox(store, "u", "p", locks).adopt()).toEqual({ edits: [], again: 60_000 });
  });

  it("that is too young to be taken over is looked at again when it no longer is (D3)", async () => {
    vi.useFakeTimers();
    try {
      const outbox = new MemoryOutbox();
      await outbox.put({ ...stored("old", 1), written: Date.now() });
      const adopted: string[] = [];
      const claim = claimOutbox(outbox, "u", "p", undefined);
      const keeper = new OutboxKeeper(
        { user: "u", project: "p", outbox, claim },
        () => undefined,
        (edits) => adopted.push(...edits.map(({ client }) => client)),
      );
      await keeper.adopt();
      expect(adopted).toEqual([]);
      await vi.advanceTimersByTimeAsync(61_000);
      expect(adopted).toEqual(["old"]);
      keeper.stop();
    } finally {
      vi.useRealTimers();
    }
  });

  it("of one's own is not taken over, however old it is", async () => {
    const store = new IndexedDbOutboxStore(randomId());
    const claim = claimOutbox(store, "u", "p", undefined, () => 1_000_000);
    await store.put(stored(claim.own, 1));
    expect(await claim.adopt()).toEqual({ edits: [], again: null });
  });

  it("ids have at least 16 url-safe characters", () => {
    expect(randomId()).toMatch(/^[A-Za-z0-9_-]{16,64}$/);
  });
});
