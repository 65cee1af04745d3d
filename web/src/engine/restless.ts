/**
 * Which shapes other people are moving right now. A few are drawn where they lie; from many on, drawing everything
 * around each of them in every frame costs more than it shows, and they go on the layer for what moves.
 */

/** So many changes in a row make a shape restless, */
const CHANGES = 3;
/** if none is further than this (ms) from the one before; */
const GAP = 200;
/** and so many restless shapes are worth a layer. */
export const WORTH_A_LAYER = 16;

export class Restless {
  private readonly recent = new Map<string, { changes: number; last: number }>();

  note(id: string, now: number): void {
    const entry = this.recent.get(id);
    if (entry === undefined || now - entry.last > GAP) this.recent.set(id, { changes: 1, last: now });
    else {
      entry.changes++;
      entry.last = now;
    }
  }

  /** The restless shapes, none if they are few. */
  at(now: number): Set<string> {
    const restless = new Set<string>();
    for (const [id, { changes, last }] of this.recent) {
      if (now - last > GAP) this.recent.delete(id);
      else if (changes >= CHANGES) restless.add(id);
    }
    return restless.size < WORTH_A_LAYER ? new Set() : restless;
  }

  /** When to look again (ms from now) though nothing changes; null: no need. */
  get quietAfter(): number | null {
    return this.recent.size === 0 ? null : GAP + 20;
  }
}

/** Whether two sets hold the same. */
export function sameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  if (a.size !== b.size) return false;
  for (const id of a) if (!b.has(id)) return false;
  return true;
}
