import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeRoom } from "./fake-room";
import type { Refused } from "./protocol";
import { box, MemoryOutbox, shapesOf } from "./testing";
import { onlineTab, settle } from "./testing-tab";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("the sync client", () => {
  it("shows an edit at once, says Saving, and Saved once it is durable (D1)", async () => {
    const room = new FakeRoom();
    const { sync, document, outbox, label } = await onlineTab(room);
    expect(label()).toBe("Saved");
    sync.submit([box("a")]);
    expect(document.get("a")).toBeDefined();
    expect(label()).toBe("Saving");
    room.tick();
    await settle();
    expect(label()).toBe("Saving");
    expect(outbox.edits).toHaveLength(1);
    room.tick(room.seq);
    await settle();
    expect(label()).toBe("Saved");
    expect(outbox.edits).toEqual([]);
  });

  it("applies what others do", async () => {
    const room = new FakeRoom();
    room.edit(box("a"));
    const { document } = await onlineTab(room);
    room.edit({ patch: { id: "a", x: 7 } });
    room.tick();
    expect(document.get("a")?.x).toBe(7);
  });

  it("takes a refused edit back and says why", async () => {
    const room = new FakeRoom();
    const { sync, document, label } = await onlineTab(room);
    const reasons: Refused[] = [];
    sync.refused.listen((refused) => reasons.push(refused));
    room.refuse = () => ({ code: "out-of-range", message: "points must be 3 or more" });
    sync.submit([box("a")]);
    expect(document.get("a")).toBeUndefined();
    expect(reasons[0]?.problem.message).toBe("points must be 3 or more");
    expect(label()).toBe("Saved");
  });

  it("goes on working without a connection and sends everything once on return (D3)", async () => {
    const room = new FakeRoom();
    const { sync, document, label } = await onlineTab(room);
    room.reachable = false;
    room.cut();
    expect(label()).toBe("Reconnecting");
    sync.submit([box("a")]);
    sync.submit([{ patch: { id: "a", x: 5 } }]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(label()).toBe("Offline");
    expect(document.get("a")?.x).toBe(5);
    room.edit(box("b"));
    room.reachable = true;
    await vi.advanceTimersByTimeAsync(15_000);
    room.tick(room.seq);
    await settle();
    expect(label()).toBe("Saved");
    expect(room.edits.map((edit) => edit.number)).toEqual([1, 2]);
    expect(shapesOf(document.shapes())).toEqual(shapesOf(room.shapes().values()));
  });

  it("merges edits of one gesture that have not been sent, and never one that has", async () => {
    const room = new FakeRoom();
    room.edit(box("a"));
    const { sync, outbox } = await onlineTab(room);
    sync.submit([{ patch: { id: "a", x: 1 } }], 1);
    sync.submit([{ patch: { id: "a", x: 2 } }], 1);
    expect(room.edits).toHaveLength(2);
    room.reachable = false;
    room.cut();
    for (let x = 3; x < 100; x++) sync.submit([{ patch: { id: "a", x } }], 1);
    sync.submit([{ patch: { id: "a", y: 1 } }], 2);
    await vi.advanceTimersByTimeAsync(250);
    expect(outbox.edits.map((edit) => edit.number)).toEqual([1, 2, 3, 4]);
    expect(outbox.edits[2]?.operations).toEqual([{ patch: { id: "a", x: 99 } }]);
  });

  it("sends a closed tab's edits under that tab's name (D3)", async () => {
    const room = new FakeRoom();
    const outbox = new MemoryOutbox();
    await outbox.put({
      user: "u",
      project: "p",
      client: "old",
      number: 3,
      operations: [box("a")],
      written: 0,
    });
    const { document } = await onlineTab(room, { outbox, closed: ["old"] });
    expect(document.get("a")).toBeDefined();
    expect(room.edits).toMatchObject([{ client: "old", number: 3 }]);
    room.tick(room.seq);
    await settle();
    expect(outbox.edits).toEqual([]);
  });

  it("does not send again what the server knows already", async () => {
    const room = new FakeRoom();
    const { sync, label } = await onlineTab(room);
    sync.submit([box("a")]);
    room.cut();
    await vi.advanceTimersByTimeAsync(1_000);
    room.tick(room.seq);
    await settle();
    expect(room.edits).toHaveLength(1);
    expect(label()).toBe("Saved");
  });

  it("sends accepted edits again when a crash of the server lost them (D2)", async () => {
    const room = new FakeRoom();
    const { sync, document } = await onlineTab(room);
    sync.submit([box("a")]);
    room.tick(room.seq);
    sync.submit([box("b")]);
    room.tick();
    room.crash();
    expect(room.shapes().has("b")).toBe(false);
    await vi.advanceTimersByTimeAsync(2_000);
    expect([...room.shapes().keys()].sort()).toEqual(["a", "b"]);
    room.tick(room.seq);
    expect(shapesOf(document.shapes())).toEqual(shapesOf(room.shapes().values()));
    expect(document.pending).toEqual([]);
  });

  it("says Saved when it hears only after the durable mark that its edit is in the order (D1)", async () => {
    const room = new FakeRoom();
    const { sync, label } = await onlineTab(room);
    sync.submit([box("a")]);
    await settle();
    for (const guest of room.guests) {
      guest.handlers.message({ tick: { durable: 1 } });
      expect(label()).toBe("Saving");
      guest.handlers.message({ known: { client: "me", number: 1, seq: 1 } });
    }
    await settle();
    expect(label()).toBe("Saved");
  });

  it("ends with the reason when it may not enter, and does not try again", async () => {
    const room = new FakeRoom();
    const { sync, label } = await onlineTab(room);
    room.doorProblem = { code: "not-a-member", message: "You are not a member of this project." };
    room.cut();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(label()).toBe("Disconnected");
    expect(sync.state.value.problem?.code).toBe("not-a-member");
    expect(sync.submit([box("a")])).toBe(false);
  });

  it("a viewer's edits are not even begun (A1)", async () => {
    const room = new FakeRoom();
    room.role = "viewer";
    const { sync, document, label } = await onlineTab(room);
    expect(sync.submit([box("a")])).toBe(false);
    expect(document.size).toBe(0);
    expect(label()).toBe("Viewing only");
    room.say({ role: { role: "editor" } });
    expect(sync.submit([box("a")])).toBe(true);
  });

  it("asks again when a tick is missing, instead of applying what follows", async () => {
    const room = new FakeRoom();
    const { document } = await onlineTab(room);
    room.edit(box("a"));
    const lost = room.log.length;
    room.edit(box("b"));
    room.say({ tick: { transactions: room.log.slice(lost) } });
    expect(document.size).toBe(0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(document.size).toBe(2);
  });

  it("a session that fell behind starts from the snapshot and misses nothing (S3)", async () => {
    const room = new FakeRoom();
    const { document, sync } = await onlineTab(room);
    room.edit(box("a"));
    room.fallBehind();
    room.edit(box("b"));
    room.tick();
    await settle();
    room.edit({ patch: { id: "b", x: 9 } });
    room.tick();
    await settle();
    expect(shapesOf(document.shapes())).toEqual(shapesOf(room.shapes().values()));
    expect(sync.state.value.phase).toBe("online");
    expect(room.hellos.length).toBe(2);
  });

  it("takes a server that never answers for gone", async () => {
    const room = new FakeRoom();
    const { sync } = await onlineTab(room);
    sync.submit([box("a")]);
    await vi.advanceTimersByTimeAsync(10_100);
    expect(room.hellos.length).toBe(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(room.hellos.length).toBe(2);
  });
});

type Step = {
  who: number;
  what:
    | "edit"
    | "move"
    | "delete"
    | "cut"
    | "crash"
    | "tick"
    | "save"
    | "wait"
    | "behind"
    | "slow"
    | "old"
    | "late"
    | "moving"
    | "anew"
    | "stall"
    | "lag"
    | "stale";
  shape: string;
  x: number;
};

/** A host that lags asks for a new beginning while somebody who was told to begin anew waits to be greeted. */
const ASKED_TWICE: Step[] = (["lag", "behind", "anew", "wait"] as const).map((what) => ({
  who: 0,
  what,
  shape: "a",
  x: 0,
}));

describe("S1 and D3", () => {
  it("browsers agree with the room after any mix of edits, cuts, moves, stalls and crashes", {
    timeout: 60_000,
  }, async () => {
    const what = fc.constantFrom<Step["what"]>(
      "edit",
      "move",
      "move",
      "delete",
      "cut",
      "crash",
      "tick",
      "tick",
      "save",
      "wait",
      "behind",
      "slow",
      "old",
      "late",
      "moving",
      "anew",
      "stall",
      "lag",
      "stale",
    );
    const step = fc.record({ who: fc.nat(2), what, shape: fc.constantFrom("a", "b", "c"), x: fc.nat(99) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps: Step[]) => {
        const room = new FakeRoom();
        const tabs = await Promise.all(["t0", "t1", "t2"].map((client) => onlineTab(room, { client })));
        for (const { who, what, shape, x } of steps) {
          const sync = tabs[who]?.sync;
          if (what === "edit") sync?.submit([box(shape, x)]);
          else if (what === "move") sync?.submit([{ patch: { id: shape, x } }], who);
          else if (what === "delete") sync?.submit([{ delete: shape }]);
          else if (what === "cut") room.cut();
          else if (what === "crash") room.crash();
          else if (what === "tick") room.tick();
          else if (what === "save") room.tick(room.seq);
          else if (what === "behind") room.fallBehind();
          else if (what === "slow") room.snapshotDelay = x * 200;
          else if (what === "old") room.snapshotAge = x % 10;
          else if (what === "moving") room.close("moving");
          else if (what === "anew") room.beginAnew();
          else if (what === "stall") room.stall(x % 2 === 0);
          else if (what === "lag") {
            if (x % 2 === 0) room.lag();
            else room.catchUp();
          } else if (what === "stale") room.snapshotsFromBefore = x % 4;
          else if (what === "late") for (const { outbox } of tabs) outbox.answers = !outbox.answers;
          else await vi.advanceTimersByTimeAsync(100);
        }
        for (const { outbox } of tabs) outbox.answers = true;
        room.catchUp();
        room.stall(false);
        await vi.advanceTimersByTimeAsync(60_000);
        room.tick(room.seq);
        await vi.advanceTimersByTimeAsync(1_000);
        expect(room.closings.filter((code) => code !== "moving")).toEqual([]);
        for (const { document, sync, outbox } of tabs) {
          expect(shapesOf(document.shapes())).toEqual(shapesOf(room.shapes().values()));
          expect(document.pending).toEqual([]);
          expect(outbox.edits).toEqual([]);
          expect(sync.state.value.unsaved).toBe(0);
        }
        const names = room.log.map(({ client, number }) => `${client}:${number}`);
        expect(new Set(names).size).toBe(names.length);
      }),
      { numRuns: 150, examples: [[ASKED_TWICE]] },
    );
  });
});
