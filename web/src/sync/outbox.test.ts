import "fake-indexeddb/auto";
// @ts-expect-error It comes without types.
import forceCloseDatabase from "fake-indexeddb/lib/forceCloseDatabase";
import { deleteDB, openDB } from "idb";
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

  it("whose database cannot be opened is opened by the next try", async () => {
    const name = randomId();
    const store = new IndexedDbOutboxStore(name);
    (await openDB(name, 2)).close();
    await expect(store.put(stored("tab", 1))).rejects.toThrow();
    await deleteDB(name);
    await store.put(stored("tab", 1));
    expect(await store.load("u", "p")).toHaveLength(1);
  });

  it("whose database was closed behind its back is opened again", async () => {
    const open = vi.spyOn(indexedDB, "open");
    try {
      const store = new IndexedDbOutboxStore(randomId());
      await store.put(stored("tab", 1));
      const database = () => open.mock.results.at(-1)?.value.result;
      // Without a word, as Safari does in the background: the first to use it finds out.
      database().close();
      await expect(store.put(stored("tab", 2))).rejects.toThrow();
      await store.put(stored("tab", 2));
      // With a word, as when the site's data are cleared.
      forceCloseDatabase(database());
      expect(await store.load("u", "p")).toHaveLength(2);
      expect(open).toHaveBeenCalledTimes(3);
    } finally {
      open.mockRestore();
    }
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

  it("that could not be read is asked again", async () => {
    vi.useFakeTimers();
    try {
      const outbox = new MemoryOutbox();
      const adopt = vi.fn().mockRejectedValueOnce(new Error("no database"));
      adopt.mockResolvedValue({ edits: [stored("old", 1)], again: null });
      const kept: boolean[] = [];
      const adopted: string[] = [];
      const keeper = new OutboxKeeper(
        { user: "u", project: "p", outbox, claim: { own: "me", adopt, release: () => undefined } },
        (now) => kept.push(now),
        (edits) => adopted.push(...edits.map(({ client }) => client)),
      );
      await keeper.adopt();
      expect(kept.at(-1)).toBe(false);
      await vi.advanceTimersByTimeAsync(6_000);
      expect(kept.at(-1)).toBe(true);
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
