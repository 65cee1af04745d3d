/** Fakes for tests: outboxes that need no browser. The room is in `fake-room.ts`. */

import type { Operation, Shape } from "../document/shape";
import type { OutboxClaim } from "./outbox-claim";
import type { OutboxStore, StoredEdit } from "./outbox-store";

export class MemoryOutbox implements OutboxStore {
  edits: StoredEdit[] = [];
  /** Whether it answers at all. */
  answers = true;
  /** Whether it takes anything in. */
  full = false;
  /** How often something was written. */
  puts = 0;
  #last: Promise<void> | null = null;

  async load(user: string, project: string) {
    await this.#turn();
    return this.edits.filter((edit) => edit.user === user && edit.project === project);
  }

  async put(edit: StoredEdit) {
    this.puts++;
    if (!this.answers || this.#last) await this.#turn();
    if (this.full) throw new DOMException("There is no space left.", "QuotaExceededError");
    const others = this.edits.filter((old) => old.client !== edit.client || old.number !== edit.number);
    this.edits = [...others, structuredClone(edit)].sort((a, b) => a.number - b.number);
  }

  async remove(_user: string, _project: string, client: string, numbers: readonly number[]) {
    if (!this.answers || this.#last) await this.#turn();
    this.edits = this.edits.filter((edit) => edit.client !== client || !numbers.includes(edit.number));
  }

  /** Waits until it answers, and until what was asked before has been done: so does a database. */
  async #turn(): Promise<void> {
    const before = this.#last;
    const mine = (async () => {
      await before;
      while (!this.answers) await new Promise((resolve) => setTimeout(resolve, 100));
    })();
    this.#last = mine;
    await mine;
    if (this.#last === mine) this.#last = null;
  }
}

/** A claim of one tab; the tabs that were closed before are named. */
export function claimOf(own: string, outbox: MemoryOutbox, closed: readonly string[] = []): OutboxClaim {
  const claimed = new Set<string>();
  return {
    own,
    async adopt() {
      const stored = await outbox.load("u", "p");
      const edits = stored.filter((edit) => closed.includes(edit.client) && !claimed.has(edit.client));
      for (const { client } of edits) claimed.add(client);
      return { edits, again: null };
    },
    release() {},
  };
}

export function shapesOf(shapes: Iterable<Shape>): Record<string, Shape> {
  return Object.fromEntries([...shapes].map((shape): [string, Shape] => [shape.id, shape]).sort());
}

export function box(id: string, x = 0): Operation {
  return { put: { id, type: "basic/rectangle", index: "V", x, y: 0, width: 10, height: 10, props: {} } };
}
