/**
 * Loads the canvas, once at a time, and again when the room asks for it. Another host than the socket's may answer, a
 * little ahead of it or behind: then it is asked again, ever more slowly, and in the end the connection is given up.
 */

import { backoffMs } from "./backoff";
import type { Place } from "./protocol";
import { LoadError, type Snapshot } from "./snapshot";

/** So often one connection tries to come to a canvas that its room can go on from. */
const MOST_TRIES = 5;

export interface SnapshotLoaderOptions {
  /** Rejects with a {@link LoadError}, also when nothing has come for a while. */
  loadSnapshot: () => Promise<Snapshot>;
  random?: () => number;
}

export class SnapshotLoader {
  #loading: Promise<void> | null = null;
  /** The epoch that the room named last: a canvas of an earlier one is of no use. */
  #epoch = 0;
  /** How often the room has asked since the canvas was last up to date. */
  #asked = 0;

  constructor(
    private readonly options: SnapshotLoaderOptions,
    private readonly begin: (snapshot: Snapshot) => void,
  ) {}

  get busy(): boolean {
    return this.#loading !== null;
  }

  /** Resolves when the canvas has begun anew. One that is under way already is the one. */
  load(): Promise<void> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  /** The room is at this place and asks for a new beginning. False: it has, too often, in vain. */
  ask(place: Place): boolean {
    this.#epoch = place.epoch;
    if (this.busy) return true;
    this.#asked++;
    if (this.#asked <= MOST_TRIES) return true;
    this.#asked = 0;
    return false;
  }

  /** The canvas is up to date. */
  caughtUp(): void {
    this.#asked = 0;
  }

  async #load(): Promise<void> {
    for (let tries = Math.max(1, this.#asked); ; tries++) {
      if (tries > 1) await this.#pause(tries - 2);
      const snapshot = await this.options.loadSnapshot();
      if (snapshot.place.epoch >= this.#epoch) return this.begin(snapshot);
      if (tries >= MOST_TRIES) throw new LoadError(null);
    }
  }

  #pause(attempt: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, backoffMs(attempt, this.options.random)));
  }
}
