import { Signal } from "../reactive/signal";
import type { SessionInfo } from "./protocol";

/** The sessions that are in the room, and which of them is this one. */
export class People {
  readonly #others = new Map<string, SessionInfo>();
  #own: string | null = null;
  /** Everybody else, in the order in which they came. A new array after each change. */
  readonly others = new Signal<readonly SessionInfo[]>([]);
  /** This session as others see it. */
  readonly self = new Signal<SessionInfo | null>(null);

  replace(sessions: readonly SessionInfo[], own: string): void {
    this.#own = own;
    this.#others.clear();
    this.update(sessions, []);
    this.#publish();
  }

  update(sessions: readonly SessionInfo[], left: readonly string[]): void {
    if (sessions.length === 0 && left.length === 0) return;
    for (const info of sessions) {
      if (info.session === this.#own) this.self.value = info;
      else this.#others.set(info.session, info);
    }
    for (const session of left) this.#others.delete(session);
    this.#publish();
  }

  clear(): void {
    this.#own = null;
    this.#others.clear();
    this.#publish();
  }

  #publish(): void {
    this.others.value = [...this.#others.values()];
  }
}
