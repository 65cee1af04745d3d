import { sameJson } from "../document/shape";
import type { CanvasEngine } from "../engine/types";
import { Signal } from "../reactive/signal";
import type { People } from "../sync/people";
import type { Presence } from "../sync/protocol";

type Viewport = NonNullable<Presence["viewport"]>;

/** Showing what somebody else has on their screen, until one moves by oneself. */
export class Following {
  /** The session that is followed. */
  readonly session = new Signal<string | null>(null);
  #end: (() => void) | null = null;
  /** What that session shows. */
  #followed: Viewport | null = null;
  /** What others were told of this screen before. */
  #before: Viewport | null = null;

  constructor(
    private readonly engine: Pick<CanvasEngine, "camera" | "size" | "fit">,
    private readonly people: Pick<People, "others">,
  ) {}

  /**
   * What others are told of this screen. While one follows, that is what one follows: the whole screen, which seldom has
   * the same form, shows more, and two who follow each other would show each other ever more.
   */
  get viewport(): Viewport {
    if (this.#followed) return this.#followed;
    const { x, y, zoom } = this.engine.camera;
    const { width, height } = this.engine.size;
    return [tenths(x), tenths(y), tenths(width / zoom), tenths(height / zoom)];
  }

  start(session: string): void {
    this.#before = this.viewport;
    this.stop();
    this.session.value = session;
    this.#end = this.people.others.subscribe(() => this.#follow());
    this.#follow();
  }

  stop(): void {
    this.#end?.();
    this.#end = null;
    this.#followed = null;
    this.session.value = null;
  }

  #follow(): void {
    const other = this.people.others.value.find((info) => info.session === this.session.value);
    if (!other) this.stop();
    if (!other?.viewport) return;
    // Two who begin to follow each other at once would pass the views that they had to and fro for ever.
    if (!sameJson(other.viewport, this.#before)) this.#followed = other.viewport;
    const [x, y, width, height] = other.viewport;
    this.engine.fit({ x, y, width, height }, 0, Number.POSITIVE_INFINITY);
  }
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
