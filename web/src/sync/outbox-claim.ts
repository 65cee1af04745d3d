/**
 * Which tab owns which outbox. Every tab holds a Web Lock named after its own; the outbox of a closed tab is one whose
 * lock is free, and the next tab takes it over (D3).
 */

import { byClient, type OutboxStore, type StoredEdit } from "./outbox-store";

/** Without Web Locks (a page over plain HTTP), an outbox that nobody wrote to for this long counts as orphaned. Its
 * tab may still be there: both then send the same edits under the same ids, which is harmless. */
const ORPHANED_AFTER_MS = 60_000;

export interface OutboxClaim {
  /** This tab's own client id. */
  readonly own: string;
  /** Takes over outboxes of closed tabs that are not claimed yet, and gives their edits. */
  adopt(): Promise<StoredEdit[]>;
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
  const held = new Set<string>();
  const releases: (() => void)[] = [];
  const claim = async (client: string) => {
    if (held.has(client) || !(await hold(locks, client, releases))) return false;
    held.add(client);
    return true;
  };
  // Nobody waits for this: no other tab has heard of the name before an edit of ours is stored.
  void claim(own);
  return {
    own,
    async adopt() {
      const adopted: StoredEdit[] = [];
      for (const [client, edits] of byClient(await store.load(user, project))) {
        const newest = Math.max(...edits.map((edit) => edit.written));
        if (!locks && now() - newest < ORPHANED_AFTER_MS) continue;
        if (await claim(client)) adopted.push(...edits);
      }
      return adopted;
    },
    release() {
      for (const release of releases) release();
    },
  };
}

function hold(locks: LockManager | undefined, client: string, releases: (() => void)[]): Promise<boolean> {
  if (!locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    void locks.request(`collabcanvas:outbox:${client}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      if (lock === null) return undefined;
      return new Promise<void>((release) => releases.push(release));
    });
  });
}

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

/** A random id of 22 url-safe characters: 132 bits. `crypto.randomUUID` needs a secure context; this does not. */
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(22)), (byte) => ALPHABET.charAt(byte & 63)).join(
    "",
  );
}
