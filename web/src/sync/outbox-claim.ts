/**
 * Which tab owns which outbox. Every tab holds a Web Lock named after its own; the outbox of a closed tab is one whose
 * lock is free, and the next tab takes it over (D3).
 */

import { byClient, type OutboxStore, type StoredEdit } from "./outbox-store";

/** Without Web Locks (a page over plain HTTP), an outbox that nobody wrote to for this long counts as orphaned. Its
 * tab may still be there: both then send the same edits under the same ids, which is harmless. */
const ORPHANED_AFTER_MS = 60_000;

/** What closed tabs left. */
export interface Adoption {
  edits: StoredEdit[];
  /** In how many ms to look again: there are outboxes whose tabs are there still, or may be. Null: there are none. */
  again: number | null;
}

export interface OutboxClaim {
  /** This tab's own client id. */
  readonly own: string;
  /** Takes over outboxes of closed tabs that are not claimed yet. */
  adopt(): Promise<Adoption>;
  /** Lets the locks go. */
  release(): void;
}

/** Claims an outbox of one's own. Whether anybody else's is free takes asking, and that may take a while. */
export function claimOutbox(
  store: OutboxStore,
  user: string,
  project: string,
  locks: LockManager | undefined = globalThis.navigator?.locks,
  now: () => number = Date.now,
): OutboxClaim {
  const own = randomId();
  const held = new Set([own]);
  const releases: (() => void)[] = [];
  // Nobody waits for this: no other tab has heard of the name before an edit of ours is stored.
  void hold(locks, own, releases);
  return {
    own,
    async adopt() {
      const adopted: StoredEdit[] = [];
      let again: number | null = null;
      for (const [client, edits] of byClient(await store.load(user, project))) {
        if (held.has(client)) continue;
        const newest = edits.reduce((latest, { written }) => Math.max(latest, written), 0);
        const young = locks ? 0 : newest + ORPHANED_AFTER_MS - now();
        if (young <= 0 && (await hold(locks, client, releases))) {
          held.add(client);
          adopted.push(...edits);
        } else again = Math.min(again ?? ORPHANED_AFTER_MS, young > 0 ? young : ORPHANED_AFTER_MS);
      }
      return { edits: adopted, again };
    },
    release() {
      for (const release of releases) release();
    },
  };
}

function hold(locks: LockManager | undefined, client: string, releases: (() => void)[]): Promise<boolean> {
  if (!locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    const granted = (lock: Lock | null) => {
      resolve(lock !== null);
      if (lock === null) return undefined;
      return new Promise<void>((release) => releases.push(release));
    };
    // A browser that keeps nothing for this page rejects.
    locks
      .request(`collabcanvas:outbox:${client}`, { ifAvailable: true }, granted)
      .catch(() => resolve(false));
  });
}

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

/** A random id of 22 url-safe characters: 132 bits. `crypto.randomUUID` needs a secure context; this does not. */
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(22)), (byte) => ALPHABET.charAt(byte & 63)).join(
    "",
  );
}
