/** A value that tells when it changes: what joins the parts outside React to each other and to React. */

export interface ReadonlySignal<T> {
  readonly value: T;
  /** Calls back after each change. Gives back what ends the subscription. */
  subscribe(listener: () => void): () => void;
}

export class Signal<T> implements ReadonlySignal<T> {
  #value: T;
  readonly #listeners = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set value(value: T) {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** Something that happens now and then, with what there is to say about it. */
export class Happening<T> {
  readonly #listeners = new Set<(what: T) => void>();

  tell(what: T): void {
    for (const listener of [...this.#listeners]) listener(what);
  }

  listen(listener: (what: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
