/**
 * Keeps own edits in the outbox until they are durable, and takes over those of closed tabs. A browser that has no
 * space, or whose database does not answer, is asked again; nothing else waits for it.
 */

import type { OutboxClaim } from "./outbox-claim";
import { byClient, type OutboxStore, type StoredEdit } from "./outbox-store";
import type { OwnEdit } from "./own-edits";

/** An edit that grows is written again no more often than this: a large drag would copy thousands of operations in
 * every frame. */
const REWRITE_MS = 250;
/** When an outbox that took nothing in, or gave nothing out, is asked again. */
const RETRY_MS = 5_000;
/** How long the room is kept waiting for the outboxes of closed tabs. */
const ADOPTION_MS = 1_000;

export interface KeeperOptions {
  user: string;
  project: string;
  outbox: OutboxStore;
  claim: OutboxClaim;
}

export class OutboxKeeper {
  /** Edits whose newest form is not stored. */
  readonly #behind = new Set<OwnEdit>();
  readonly #writing = new Set<OwnEdit>();
  readonly #failed = new Set<OwnEdit>();
  readonly #forgotten = new WeakSet<OwnEdit>();
  readonly #written = new WeakMap<OwnEdit, number>();
  #rewrite: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #look: ReturnType<typeof setTimeout> | undefined;
  #readable = true;
  #stopped = false;
  /** Taking over, one time after the other. */
  #adopting: Promise<void> = Promise.resolve();

  constructor(
    private readonly options: KeeperOptions,
    /** Whether everything outlives this tab, each time that may have changed. */
    private readonly report: (kept: boolean) => void,
    private readonly adopted: (edits: readonly StoredEdit[]) => void,
  ) {}

  /** Stores an edit that is new, or has grown. */
  keep(edit: OwnEdit): void {
    this.#behind.add(edit);
    const due = (this.#written.get(edit) ?? Number.NEGATIVE_INFINITY) + REWRITE_MS;
    if (due <= Date.now() && !this.#writing.has(edit)) this.#write(edit);
    else this.#rewrite ??= setTimeout(() => this.flush(), REWRITE_MS);
  }

  forget(edits: readonly OwnEdit[]): void {
    const { user, project, outbox } = this.options;
    for (const edit of edits) {
      this.#forgotten.add(edit);
      this.#behind.delete(edit);
      this.#failed.delete(edit);
    }
    for (const [client, ofClient] of byClient(edits)) {
      const numbers = ofClient.map((edit) => edit.number);
      // What stays there is sent again by the next tab, and known to the server.
      outbox.remove(user, project, client, numbers).catch(() => undefined);
    }
    this.#tell();
  }

  /** Stores now what is not stored yet. */
  flush(): void {
    clearTimeout(this.#rewrite);
    clearTimeout(this.#retry);
    this.#rewrite = undefined;
    this.#retry = undefined;
    for (const edit of [...this.#behind, ...this.#failed]) {
      if (!this.#writing.has(edit)) this.#write(edit);
    }
    if (this.#behind.size > 0 && !this.#stopped) {
      this.#rewrite = setTimeout(() => this.flush(), REWRITE_MS);
    }
  }

  /** Takes over what closed tabs left. Resolves when that is done, or after a second in which nobody answered. */
  adopt(): Promise<void> {
    this.#adopting = this.#adopting.then(() => this.#takeOver());
    let late: ReturnType<typeof setTimeout>;
    const patience = new Promise<void>((resolve) => {
      late = setTimeout(() => {
        this.#readable = false;
        this.#tell();
        resolve();
      }, ADOPTION_MS);
    });
    return Promise.race([this.#adopting, patience]).finally(() => clearTimeout(late));
  }

  stop(): void {
    this.#stopped = true;
    this.flush();
    clearTimeout(this.#look);
    this.options.claim.release();
  }

  async #takeOver(): Promise<void> {
    const found = await this.options.claim.adopt().catch(() => null);
    if (this.#stopped) return;
    this.#readable = found !== null;
    if (found && found.edits.length > 0) this.adopted(found.edits);
    this.#tell();
    clearTimeout(this.#look);
    const again = found ? found.again : RETRY_MS;
    if (again !== null) this.#look = setTimeout(() => void this.adopt(), again);
  }

  #write(edit: OwnEdit): void {
    const { user, project, outbox } = this.options;
    const { client, number, operations } = edit;
    const written = Date.now();
    this.#behind.delete(edit);
    this.#writing.add(edit);
    this.#written.set(edit, written);
    const done = (stored: boolean) => {
      this.#writing.delete(edit);
      if (stored) this.#failed.delete(edit);
      else if (!this.#forgotten.has(edit)) this.#failed.add(edit);
      if (this.#failed.size > 0 && !this.#stopped) {
        this.#retry ??= setTimeout(() => this.flush(), RETRY_MS);
      }
      this.#tell();
    };
    outbox.put({ user, project, client, number, operations, written }).then(
      () => done(true),
      () => done(false),
    );
  }

  #tell(): void {
    if (!this.#stopped) this.report(this.#readable && this.#failed.size === 0);
  }
}
