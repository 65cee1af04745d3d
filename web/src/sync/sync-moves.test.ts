import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeRoom } from "./fake-room";
import { box, shapesOf } from "./testing";
import { onlineTab, settle, tab } from "./testing-tab";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const bob = { session: "h2-7", user: "b", name: "Bob", hue: 20, cursor: [3, 4] as [number, number] };

describe("a move to another host", () => {
  it.each(["moving", "shutdown", "room-gone"])("goes unseen (%s)", async (code) => {
    const room = new FakeRoom();
    room.others = [bob];
    room.edit(box("a"));
    const { sync, document, label } = await onlineTab(room);
    const labels = new Set<string>();
    const cursors = new Set<number>();
    sync.state.subscribe(() => labels.add(label()));
    sync.people.others.subscribe(() => cursors.add(sync.people.others.value.length));
    sync.submit([box("before")]);
    room.tick();
    const { snapshots } = room;
    room.close(code);
    expect(sync.mayEdit).toBe(true);
    sync.submit([box("between")]);
    room.edit(box("b"));
    await vi.advanceTimersByTimeAsync(160);
    expect(sync.state.value.phase).toBe("online");
    room.tick(room.seq);
    await settle();
    expect([...labels].sort()).toEqual(["Saved", "Saving"]);
    expect(cursors).not.toContain(0);
    expect(room.hellos.at(-1)?.known).toEqual({ epoch: 1, seq: 2 });
    expect(room.snapshots).toBe(snapshots);
    expect([...room.shapes().keys()].sort()).toEqual(["a", "b", "before", "between"]);
    expect(shapesOf(document.shapes())).toEqual(shapesOf(room.shapes().values()));
  });

  it("that takes more than a second is told, and others are not shown any more", async () => {
    const room = new FakeRoom();
    room.others = [bob];
    const { sync, label } = await onlineTab(room);
    room.reachable = false;
    room.close("moving");
    await vi.advanceTimersByTimeAsync(950);
    expect(label()).toBe("Saved");
    expect(sync.people.others.value).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(100);
    expect(label()).toBe("Reconnecting");
    expect(sync.people.others.value).toEqual([]);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(label()).toBe("Offline");
    room.reachable = true;
    await vi.advanceTimersByTimeAsync(15_000);
    expect(label()).toBe("Saved");
    expect(sync.people.others.value).toHaveLength(1);
  });

  it("does not hide that the browser is offline", async () => {
    const room = new FakeRoom();
    const { sync, offline, label } = await onlineTab(room);
    room.close("moving");
    offline.now = true;
    sync.networkChanged();
    expect(label()).toBe("Offline");
  });

  it("that a host asks for again and again is made at once only now and then", async () => {
    const room = new FakeRoom();
    const { sync } = await onlineTab(room);
    for (let ms = 0; ms < 10_000; ms += 50) {
      room.close("moving");
      await vi.advanceTimersByTimeAsync(50);
    }
    expect(room.hellos.length).toBeLessThan(50);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(sync.state.value.phase).toBe("online");
  });

  it("before anything was shown is no move: the page goes on opening", async () => {
    const room = new FakeRoom();
    const { sync, label } = tab(room);
    void sync.start();
    await settle();
    expect(label()).toBe("Saved");
    const other = tab(room);
    room.snapshotDelay = 100;
    void other.sync.start();
    room.close("moving");
    expect(other.label()).toBe("Connecting");
    await vi.advanceTimersByTimeAsync(500);
    expect(other.label()).toBe("Saved");
  });

  it("to a host that has not come as far waits until it has", async () => {
    const room = new FakeRoom();
    const { sync, document } = await onlineTab(room);
    room.lag();
    sync.submit([box("a")]);
    room.catchUp();
    room.lag();
    room.edit(box("b"));
    room.close("moving");
    await vi.advanceTimersByTimeAsync(1_000);
    room.catchUp();
    room.tick(room.seq);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sync.state.value).toMatchObject({ phase: "online", unsaved: 0 });
    expect(shapesOf(document.shapes())).toEqual(shapesOf(room.shapes().values()));
  });

  it("to a host that stays behind takes nothing back; another one is tried (S1)", async () => {
    const room = new FakeRoom();
    const { sync, document } = await onlineTab(room);
    room.edit(box("a"));
    room.lag();
    room.edit(box("b"));
    // Seen on the host before.
    const [guest] = room.guests;
    guest?.handlers.message({ tick: { transactions: room.log.slice(1) } });
    room.close("moving");
    await vi.advanceTimersByTimeAsync(200);
    room.giveUpOnEarly();
    await settle();
    expect(document.size).toBe(2);
    expect(sync.state.value.phase).not.toBe("online");
    room.catchUp();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(sync.state.value.phase).toBe("online");
    expect(shapesOf(document.shapes())).toEqual(shapesOf(room.shapes().values()));
  });
});

describe("a server that never answers the door", () => {
  it("is given up, and the next one tried", async () => {
    const room = new FakeRoom();
    const { sync } = await onlineTab(room);
    room.silent = true;
    room.cut();
    await vi.advanceTimersByTimeAsync(5_000);
    room.silent = false;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sync.state.value.phase).toBe("online");
  });
});

describe("while edits wait for the hosts' order", () => {
  it("the status says so, until they do not", async () => {
    const room = new FakeRoom();
    const { sync, label } = await onlineTab(room);
    room.stall(true);
    expect(label()).toBe("Waiting for the server");
    sync.submit([box("a")]);
    expect(label()).toBe("Waiting for the server");
    await vi.advanceTimersByTimeAsync(30_000);
    expect(room.hellos).toHaveLength(1);
    room.stall(false);
    expect(label()).toBe("Saving");
    room.tick(room.seq);
    await settle();
    expect(label()).toBe("Saved");
    expect(room.edits).toHaveLength(1);
  });

  it("a welcome and a lost connection begin without it, and a host that is stalled says so again", async () => {
    const room = new FakeRoom();
    const { label } = await onlineTab(room);
    room.stall(true);
    room.cut();
    expect(label()).toBe("Reconnecting");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(label()).toBe("Waiting for the server");
    room.stalled = false;
    room.cut();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(label()).toBe("Saved");
  });

  it("another host is tried after a minute without a word", async () => {
    const room = new FakeRoom();
    const { sync, document } = await onlineTab(room);
    room.stall(true);
    sync.submit([box("a")]);
    await vi.advanceTimersByTimeAsync(62_000);
    expect(room.hellos).toHaveLength(2);
    room.stall(false);
    room.tick(room.seq);
    await settle();
    expect(room.log).toHaveLength(1);
    expect(document.pending).toEqual([]);
    expect(sync.state.value.unsaved).toBe(0);
  });
});

describe("a new epoch in an open session", () => {
  it("loses neither what was accepted nor what was on its way (D2, D3)", async () => {
    const room = new FakeRoom();
    const { sync, document, label, outbox } = await onlineTab(room);
    sync.submit([box("durable")]);
    room.tick(room.seq);
    sync.submit([box("accepted")]);
    room.tick();
    room.stall(true);
    sync.submit([box("underway")]);
    const missing: string[] = [];
    document.onChange(() => {
      for (const id of ["durable", "accepted", "underway"]) if (!document.get(id)) missing.push(id);
    });
    room.beginAnew();
    expect([...room.shapes().keys()]).toEqual(["durable"]);
    await vi.advanceTimersByTimeAsync(500);
    room.stall(false);
    await vi.advanceTimersByTimeAsync(500);
    room.tick(room.seq);
    await settle();
    expect(missing).toEqual([]);
    expect([...room.shapes().keys()].sort()).toEqual(["accepted", "durable", "underway"]);
    expect(room.log.map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(shapesOf(document.shapes())).toEqual(shapesOf(room.shapes().values()));
    expect(document.pending).toEqual([]);
    expect(outbox.edits).toEqual([]);
    expect(label()).toBe("Saved");
  });

  it("starts from the snapshot of a host that has heard of it, asked for with growing waits", async () => {
    const room = new FakeRoom();
    const { sync, document } = await onlineTab(room);
    room.edit(box("a"));
    room.tick(room.seq);
    room.edit(box("lost"));
    room.tick();
    room.snapshotsFromBefore = 3;
    const { snapshots } = room;
    room.beginAnew();
    await vi.advanceTimersByTimeAsync(400);
    expect(room.snapshots - snapshots).toBe(2);
    expect(document.get("lost")).toBeDefined();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(room.snapshots - snapshots).toBe(4);
    expect(sync.state.value.phase).toBe("online");
    expect(room.hellos).toHaveLength(2);
    expect(shapesOf(document.shapes())).toEqual(shapesOf(room.shapes().values()));
  });

  it("that no other host hears of costs the connection, not the server's peace", async () => {
    const room = new FakeRoom();
    const { sync, document } = await onlineTab(room);
    room.snapshotsFromBefore = Number.POSITIVE_INFINITY;
    const { snapshots } = room;
    room.beginAnew();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(room.snapshots - snapshots).toBeLessThan(50);
    room.snapshotsFromBefore = 0;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(sync.state.value.phase).toBe("online");
    expect(shapesOf(document.shapes())).toEqual(shapesOf(room.shapes().values()));
  });

  it("of which the snapshot's host has heard first is followed when the socket's host comes to it", async () => {
    const room = new FakeRoom();
    const { sync, document } = await onlineTab(room);
    sync.submit([box("durable")]);
    room.tick(room.seq);
    room.lag();
    sync.submit([box("mine")]);
    room.beginAnew();
    room.fallBehind();
    await vi.advanceTimersByTimeAsync(500);
    room.catchUp();
    await vi.advanceTimersByTimeAsync(5_000);
    room.tick(room.seq);
    await settle();
    expect([...room.shapes().keys()].sort()).toEqual(["durable", "mine"]);
    expect(shapesOf(document.shapes())).toEqual(shapesOf(room.shapes().values()));
    expect(sync.state.value).toMatchObject({ phase: "online", unsaved: 0 });
  });

  it("a room that asks for the snapshot again and again is not asked in a tight loop", async () => {
    const room = new FakeRoom();
    const { sync } = await onlineTab(room);
    const { snapshots } = room;
    room.edit(box("a"), box("b"));
    room.snapshotAge = 1;
    room.neverFollows = true;
    room.fallBehind();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(room.snapshots - snapshots).toBeLessThan(50);
    room.neverFollows = false;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(sync.state.value.phase).toBe("online");
  });
});

describe("a snapshot that fails", () => {
  it("is asked for again, and the document stays as it was meanwhile", async () => {
    const room = new FakeRoom();
    room.edit(box("a"));
    const { sync, document } = await onlineTab(room);
    room.snapshotFails = 2;
    room.edit(box("b"));
    room.fallBehind();
    await settle();
    expect(document.size).toBe(1);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(sync.state.value.phase).toBe("online");
    expect(document.size).toBe(2);
  });
});
