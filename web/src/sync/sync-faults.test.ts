import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Operation } from "../document/shape";
import { FakeRoom } from "./fake-room";
import { box, MemoryOutbox, shapesOf } from "./testing";
import { onlineTab, settle, tab } from "./testing-tab";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const stored = (client: string, number: number, ...operations: Operation[]) => ({
  user: "u",
  project: "p",
  client,
  number,
  operations,
  written: 0,
});

/** A shape with so many characters of props. */
const heavy = (id: string, characters: number): Operation => ({
  put: { ...(box(id) as { put: object }).put, props: { text: "x".repeat(characters) } } as never,
});

describe("an edit that the server cannot take", () => {
  it("is set aside with the reason, and everything else goes on", async () => {
    const room = new FakeRoom();
    const { sync, document, outbox, label } = await onlineTab(room);
    const reasons: string[] = [];
    sync.refused.listen(({ problem }) => reasons.push(problem.message));
    room.unreadable = ({ operations }) => operations.some((operation) => "put" in operation);
    sync.submit([box("a")]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(room.closings).toEqual(["bad-frame"]);
    expect(document.get("a")).toBeUndefined();
    expect(outbox.edits).toEqual([]);
    expect(reasons).toEqual(["The server could not take this change: it was bad-frame"]);
    expect(label()).toBe("Saved");
    sync.submit([{ delete: "b" }]);
    room.tick(room.seq);
    await settle();
    expect(label()).toBe("Saved");
  });

  it("is found among several that were sent with it; the others are kept", async () => {
    const room = new FakeRoom();
    const { sync, document, outbox, label } = await onlineTab(room);
    room.reachable = false;
    room.cut();
    for (const id of ["a", "b", "bad", "c", "d"]) sync.submit([box(id)]);
    room.unreadable = ({ operations }) => JSON.stringify(operations).includes("bad");
    room.reachable = true;
    for (let turn = 0; turn < 40; turn++) {
      await vi.advanceTimersByTimeAsync(500);
      room.tick(room.seq);
    }
    await vi.advanceTimersByTimeAsync(1_000);
    expect([...room.shapes().keys()].sort()).toEqual(["a", "b", "c", "d"]);
    expect(shapesOf(document.shapes())).toEqual(shapesOf(room.shapes().values()));
    expect(room.closings).toEqual(["bad-frame", "bad-frame"]);
    expect(outbox.edits).toEqual([]);
    expect(label()).toBe("Saved");
  });

  it("of a closed tab ends no session of the next one", async () => {
    const room = new FakeRoom();
    room.unreadable = () => true;
    const outbox = new MemoryOutbox();
    await outbox.put(stored("old", 1, box("a")));
    const { sync, label } = tab(room, { outbox, closed: ["old"] });
    await sync.start();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(outbox.edits).toEqual([]);
    expect(label()).toBe("Saved");
    expect(room.closings).toEqual(["bad-frame"]);
  });

  it("a session that ends for another reason stays ended", async () => {
    const room = new FakeRoom();
    const { sync, outbox, label } = await onlineTab(room);
    sync.submit([box("a")]);
    room.say({ closing: { code: "protocol-version", message: "reload the page", reconnect: false } });
    await vi.advanceTimersByTimeAsync(30_000);
    expect(label()).toBe("Disconnected");
    expect(outbox.edits).toHaveLength(1);
  });

  it("more outboxes of closed tabs than a hello may name are sent all the same", async () => {
    const room = new FakeRoom();
    const outbox = new MemoryOutbox();
    const closed = Array.from({ length: 150 }, (_, at) => `old${at}`);
    for (const client of closed) await outbox.put(stored(client, 1, box(client)));
    const { label } = await onlineTab(room, { outbox, closed });
    room.tick(room.seq);
    await settle();
    expect(room.closings).toEqual([]);
    expect(room.seq).toBe(150);
    expect(label()).toBe("Saved");
  });
});

describe("a large edit", () => {
  it("travels in frames that the server takes, in a gesture too", async () => {
    const room = new FakeRoom();
    const { sync } = await onlineTab(room);
    const shapes = Array.from({ length: 4_000 }, (_, at) => heavy(`s${at}`, 1_500));
    room.reachable = false;
    room.cut();
    sync.submit(shapes, 1);
    sync.submit([heavy("more", 60_000)], 1);
    sync.submit([{ patch: { id: "more", props: { text: "y".repeat(60_000) } } }], 1);
    room.reachable = true;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(room.closings).toEqual([]);
    expect(room.shapes().size).toBe(4_001);
    for (const edit of room.edits) expect(JSON.stringify({ edit }).length).toBeLessThan(1_200_000);
  });

  it("of patches that carry props is measured by them", async () => {
    const room = new FakeRoom();
    const { sync } = await onlineTab(room);
    const patches = Array.from({ length: 100 }, (_, at): Operation => {
      return { patch: { id: `s${at}`, props: { text: "x".repeat(60_000) } } };
    });
    sync.submit(patches, 1);
    await settle();
    expect(room.closings).toEqual([]);
    expect(room.edits.length).toBeGreaterThan(4);
  });
});

describe("a snapshot that takes longer than the server may be silent", () => {
  it("leaves the tab online", async () => {
    const room = new FakeRoom();
    const { sync, label } = await onlineTab(room);
    room.snapshotDelay = 25_000;
    sync.submit([box("a")]);
    room.fallBehind();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(label()).toBe("Saving");
    await vi.advanceTimersByTimeAsync(10_000);
    room.tick(room.seq);
    await settle();
    expect(label()).toBe("Saved");
    expect(room.hellos).toHaveLength(2);
  });

  it("is used by the socket that follows when its own is lost meanwhile", async () => {
    const room = new FakeRoom();
    const { sync, document } = await onlineTab(room);
    room.snapshotDelay = 5_000;
    room.edit(box("a"));
    room.fallBehind();
    await vi.advanceTimersByTimeAsync(1_000);
    room.cut();
    expect(sync.state.value.phase).toBe("reconnecting");
    await vi.advanceTimersByTimeAsync(6_000);
    expect(sync.state.value.phase).toBe("online");
    expect(shapesOf(document.shapes())).toEqual(shapesOf(room.shapes().values()));
    expect(room.closings).toEqual([]);
  });

  it("that fails after its socket was lost does not cost the next one", async () => {
    const room = new FakeRoom();
    const { sync } = await onlineTab(room);
    room.reachable = false;
    room.fallBehind();
    await settle();
    expect(sync.state.value.phase).toBe("reconnecting");
    room.reachable = true;
    await vi.advanceTimersByTimeAsync(3_000);
    expect(sync.state.value.phase).toBe("online");
  });
});

describe("hello", () => {
  it("goes out once on a socket, also when the one before was lost while outboxes were asked for", async () => {
    const room = new FakeRoom();
    const outbox = new MemoryOutbox();
    const { sync } = await onlineTab(room, { outbox });
    outbox.answers = false;
    room.cut();
    await vi.advanceTimersByTimeAsync(500);
    room.cut();
    await vi.advanceTimersByTimeAsync(500);
    outbox.answers = true;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(room.closings).toEqual([]);
    expect(room.hellos).toHaveLength(2);
    expect(sync.state.value.phase).toBe("online");
  });

  it("after a new epoch goes out once more, when the server asks for it", async () => {
    const room = new FakeRoom();
    const { sync } = await onlineTab(room);
    room.snapshotDelay = 500;
    room.crash();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(room.closings).toEqual([]);
    expect(room.hellos).toHaveLength(3);
    expect(sync.state.value.phase).toBe("online");
  });

  it("waits a second for an outbox that does not answer; what it holds is sent when it does", async () => {
    const room = new FakeRoom();
    const outbox = new MemoryOutbox();
    await outbox.put(stored("old", 1, box("a")));
    outbox.answers = false;
    const { sync, document, label } = tab(room, { outbox, closed: ["old"] });
    void sync.start();
    await vi.advanceTimersByTimeAsync(1_100);
    expect(sync.state.value).toMatchObject({ phase: "online", kept: false });
    outbox.answers = true;
    await vi.advanceTimersByTimeAsync(200);
    expect(document.get("a")).toBeDefined();
    room.tick(room.seq);
    await settle();
    expect(label()).toBe("Saved");
    expect(sync.state.value.kept).toBe(true);
    expect(outbox.edits).toEqual([]);
  });
});

describe("an outbox", () => {
  it("that is full is asked again, and only what it holds is called kept", async () => {
    const room = new FakeRoom();
    const { sync, outbox } = await onlineTab(room);
    outbox.full = true;
    sync.submit([box("a")]);
    sync.submit([box("b")]);
    await settle();
    expect(sync.state.value).toMatchObject({ unsaved: 2, kept: false });
    room.cut();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(sync.state.value).toMatchObject({ phase: "online", kept: false });
    outbox.full = false;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(outbox.edits.map(({ number }) => number)).toEqual([1, 2]);
    expect(sync.state.value).toMatchObject({ unsaved: 2, kept: true });
  });

  it("is not written anew in every frame of a large drag, and holds where it ended", async () => {
    const room = new FakeRoom();
    const { sync, outbox } = await onlineTab(room);
    room.reachable = false;
    room.cut();
    for (let x = 0; x < 60; x++) {
      sync.submit([{ patch: { id: "a", x } }], 1);
      await vi.advanceTimersByTimeAsync(16);
    }
    expect(outbox.puts).toBeLessThanOrEqual(5);
    sync.flush();
    expect(outbox.edits[0]?.operations).toEqual([{ patch: { id: "a", x: 59 } }]);
  });
});

describe("a snapshot older than what was seen", () => {
  it("does not hide own edits until it has caught up", async () => {
    const room = new FakeRoom();
    const { sync, document, label } = await onlineTab(room);
    for (let number = 0; number < 5; number++) room.edit(box(`o${number}`));
    sync.submit([box("mine")]);
    room.tick();
    room.edit(box("late"));
    const seen: boolean[] = [];
    document.onChange(() => seen.push(document.get("mine") !== undefined));
    room.snapshotAge = 4;
    room.fallBehind();
    await settle();
    expect(seen.length).toBeGreaterThan(0);
    expect(seen).not.toContain(false);
    expect(document.pending).toEqual([]);
    room.tick(room.seq);
    await settle();
    expect(label()).toBe("Saved");
    expect(shapesOf(document.shapes())).toEqual(shapesOf(room.shapes().values()));
  });

  it("an edit counts as saved only once the place is durable that the welcome names", async () => {
    const room = new FakeRoom();
    const { sync } = await onlineTab(room);
    for (let number = 0; number < 3; number++) room.edit(box(`o${number}`));
    sync.submit([box("mine")]);
    room.cut();
    room.snapshotAge = 3;
    await vi.advanceTimersByTimeAsync(2_000);
    room.tick(3);
    await settle();
    expect(sync.state.value).toMatchObject({ phase: "online", unsaved: 1 });
    room.tick(4);
    await settle();
    expect(sync.state.value.unsaved).toBe(0);
  });
});
