/** A tab for tests: a sync client with a room and an outbox in memory. Its clock is the test's. */

import { expect, vi } from "vitest";
import { SharedDocument } from "../document/document";
import type { FakeRoom } from "./fake-room";
import { LoadError } from "./snapshot";
import { describeStatus } from "./status";
import { SyncClient } from "./sync-client";
import { claimOf, MemoryOutbox } from "./testing";

export const settle = () => vi.advanceTimersByTimeAsync(0);

export function tab(
  room: FakeRoom,
  { client = "me", outbox = new MemoryOutbox(), closed = [] as string[] } = {},
) {
  const document = new SharedDocument();
  const offline = { now: false };
  const probe = async () => {
    if (room.doorProblem) throw new LoadError(room.doorProblem);
    if (!room.reachable || offline.now) throw new LoadError(null);
  };
  const sync = new SyncClient({
    user: "u",
    project: "p",
    document,
    loadSnapshot: () => probe().then(() => room.snapshot()),
    probe,
    openSocket: room.open,
    outbox,
    claim: claimOf(client, outbox, closed),
    isOffline: () => offline.now,
    random: () => 0.5,
  });
  return { sync, document, outbox, offline, label: () => describeStatus(sync.state.value).label };
}

/** A tab that has found its room. */
export async function onlineTab(room: FakeRoom, options?: Parameters<typeof tab>[1]) {
  const made = tab(room, options);
  await made.sync.start();
  await settle();
  expect(made.sync.state.value.phase).toBe("online");
  return made;
}
