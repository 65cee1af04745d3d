import { sameJson } from "../document/shape";
import type { Presence } from "./protocol";

/** At most thirty a second, as the room asks. */
const INTERVAL_MS = 34;

/** Sends what this session shows of itself: at once after a pause, then at most thirty times a second, and only what
 * differs from before. */
export class PresenceSender {
  #wanted: Presence = {};
  #sent: Presence | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #paused = true;

  constructor(private readonly send: (presence: Presence) => void) {}

  /** Sets parts of it; an undefined part is not shown any more. */
  show(part: Presence): void {
    this.#wanted = { ...this.#wanted, ...part };
    this.#flush();
  }

  /** The socket is there: everything is to be said anew. */
  resume(): void {
    this.#paused = false;
    this.#sent = null;
    this.#flush();
  }

  pause(): void {
    this.#paused = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #flush(): void {
    if (this.#paused || this.#timer !== undefined || sameJson(this.#wanted, this.#sent)) return;
    this.#sent = this.#wanted;
    this.send(this.#wanted);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#flush();
    }, INTERVAL_MS);
  }
}
