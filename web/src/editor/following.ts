import type { CanvasEngine } from "../engine/types";
import { Signal } from "../reactive/signal";
import type { People } from "../sync/people";

/** Showing what somebody else has on their screen, until one moves by oneself. */
export class Following {
  /** The session that is followed. */
  readonly session = new Signal<string | null>(null);
  #end: (() => void) | null = null;

  constructor(
    private readonly engine: CanvasEngine,
    private readonly people: People,
  ) {}

  start(session: string): void {
    this.stop();
    this.session.value = session;
    this.#end = this.people.others.subscribe(() => this.#follow());
    this.#follow();
  }

  stop(): void {
    this.#end?.();
    this.#end = null;
    this.session.value = null;
  }

  #follow(): void {
    const other = this.people.others.value.find((info) => info.session === this.session.value);
    if (!other) this.stop();
    if (!other?.viewport) return;
    const [x, y, width, height] = other.viewport;
    this.engine.fit({ x, y, width, height }, 0, Number.POSITIVE_INFINITY);
  }
}
