/**
 * Keeps what is known of a project, such as its plugins, up to date: asks again when the room says that it has changed,
 * and after each time in which the room could not be heard. Who gets no answer asks again, ever more slowly.
 */

import { backoffMs } from "../sync/backoff";
import type { Phase } from "../sync/status";
import type { SyncClient } from "../sync/sync-client";

export class ProjectNews {
  #phase: Phase;
  /** Something may have changed since it was last asked for. */
  #behind = false;
  #asking = false;
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  readonly #ends: readonly (() => void)[];

  constructor(
    { state, pluginsChanged }: Pick<SyncClient, "state" | "pluginsChanged">,
    /** Asks for the project and takes in what comes. */
    private readonly refresh: () => Promise<void>,
  ) {
    this.#phase = state.value.phase;
    this.#ends = [
      pluginsChanged.listen(() => this.#outdated()),
      state.subscribe(() => this.#phaseIs(state.value.phase)),
    ];
  }

  stop(): void {
    for (const end of this.#ends) end();
    this.#phaseIs("closed");
  }

  #outdated(): void {
    this.#behind = true;
    void this.#ask();
  }

  #phaseIs(phase: Phase): void {
    if (phase === this.#phase) return;
    this.#phase = phase;
    clearTimeout(this.#retry);
    // The project was asked for when it was opened: only who was away once has missed something.
    if (phase !== "online") this.#behind = true;
    else void this.#ask();
  }

  async #ask(): Promise<void> {
    clearTimeout(this.#retry);
    if (!this.#behind || this.#asking || this.#phase !== "online") return;
    this.#asking = true;
    this.#behind = false;
    const answered = await this.refresh().then(
      () => true,
      () => false,
    );
    this.#asking = false;
    if (answered) {
      this.#failures = 0;
      // It may have changed once more meanwhile.
      void this.#ask();
    } else {
      this.#behind = true;
      this.#retry = setTimeout(() => void this.#ask(), backoffMs(this.#failures++));
    }
  }
}
