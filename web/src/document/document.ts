/**
 * The canvas as this browser shows it: what the server has put in order (*confirmed*), with this browser's transactions
 * that are not in the order yet (*pending*) laid over it. So a field with an unacknowledged local change ignores
 * remote values, and a refused transaction is taken back by leaving it out. Pure: no clock, no I/O, no order of its own.
 */

import type { Sequenced } from "../sync/protocol";
import { applyOperation, type Operation, operationId, type Shape, sameJson, sameShape } from "./shape";

/** A transaction of this browser that has no place in the order yet. */
export interface PendingTransaction {
  client: string;
  number: number;
  operations: readonly Operation[];
}

/** What a step changed of what is shown. `reset`: everything was replaced, and `changed` is all there is. */
export interface DocumentChange {
  reset: boolean;
  changed: Shape[];
  removed: string[];
}

interface Laid {
  transaction: PendingTransaction;
  operation: Operation;
}

export class SharedDocument {
  readonly #confirmed = new Map<string, Shape>();
  readonly #shown = new Map<string, Shape>();
  #pending: PendingTransaction[] = [];
  /** Pending operations by shape, in order: what one shape looks like depends on no other's. */
  readonly #laid = new Map<string, Laid[]>();
  readonly #listeners = new Set<(change: DocumentChange) => void>();

  get(id: string): Shape | undefined {
    return this.#shown.get(id);
  }

  /** All shapes as shown, in no order. */
  shapes(): IterableIterator<Shape> {
    return this.#shown.values();
  }

  get size(): number {
    return this.#shown.size;
  }

  /** The canvas without this browser's pending transactions. */
  confirmed(): ReadonlyMap<string, Shape> {
    return this.#confirmed;
  }

  get pending(): readonly PendingTransaction[] {
    return this.#pending;
  }

  onChange(listener: (change: DocumentChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Starts over from a snapshot, with these transactions pending. */
  load(shapes: Iterable<Shape>, pending: readonly PendingTransaction[]): void {
    const before = new Map(this.#shown);
    this.#confirmed.clear();
    this.#shown.clear();
    this.#laid.clear();
    this.#pending = [];
    for (const shape of shapes) this.#confirmed.set(shape.id, shape);
    for (const transaction of pending) this.#lay(transaction);
    for (const id of new Set([...this.#confirmed.keys(), ...this.#laid.keys()])) {
      const shape = this.#fold(id);
      if (shape) this.#shown.set(id, keepUnchanged(before.get(id), shape));
    }
    this.#tell({ reset: true, changed: [...this.#shown.values()], removed: [] });
  }

  /** Jumps to a later place: shapes as they are now, and those that are gone. */
  applyChanges(shapes: Iterable<Shape>, deleted: Iterable<string>): void {
    const touched = new Set<string>();
    for (const shape of shapes) {
      this.#confirmed.set(shape.id, shape);
      touched.add(shape.id);
    }
    for (const id of deleted) {
      this.#confirmed.delete(id);
      touched.add(id);
    }
    this.#refresh(touched);
  }

  /** Applies transactions in their order; this browser's own among them are no longer pending. */
  applyOrdered(transactions: readonly Sequenced[]): void {
    const touched = new Set<string>();
    for (const { client, number, operations } of transactions) {
      for (const operation of operations) {
        const id = operationId(operation);
        const next = applyOperation(this.#confirmed.get(id), operation);
        if (next) this.#confirmed.set(id, next);
        else this.#confirmed.delete(id);
        touched.add(id);
      }
      this.#unlay((own) => own.client === client && own.number <= number, touched);
    }
    this.#refresh(touched);
  }

  /** Lays a new transaction over the canvas. */
  add(transaction: PendingTransaction): void {
    this.#lay(transaction);
    this.#refresh(new Set(transaction.operations.map(operationId)));
  }

  /** Puts other operations in place of a pending transaction's: it grew before it was sent. */
  replace(transaction: PendingTransaction): void {
    const touched = new Set(transaction.operations.map(operationId));
    const kept = this.#pending;
    const place = kept.findIndex(
      (own) => own.client === transaction.client && own.number === transaction.number,
    );
    if (place < 0) return;
    const from = new Set(kept.slice(place));
    this.#unlay((own) => from.has(own), touched);
    this.#lay(transaction);
    for (const later of kept.slice(place + 1)) this.#lay(later);
    this.#refresh(touched);
  }

  /** A client's transactions up to this number are part of the confirmed canvas already. */
  accept(client: string, number: number): void {
    this.#drop((own) => own.client === client && own.number <= number);
  }

  /** Takes a refused transaction back. */
  refuse(client: string, number: number): void {
    this.#drop((own) => own.client === client && own.number === number);
  }

  #drop(which: (transaction: PendingTransaction) => boolean): void {
    const touched = new Set<string>();
    this.#unlay(which, touched);
    this.#refresh(touched);
  }

  #lay(transaction: PendingTransaction): void {
    this.#pending.push(transaction);
    for (const operation of transaction.operations) {
      const id = operationId(operation);
      const laid = this.#laid.get(id);
      if (laid) laid.push({ transaction, operation });
      else this.#laid.set(id, [{ transaction, operation }]);
    }
  }

  #unlay(which: (transaction: PendingTransaction) => boolean, touched: Set<string>): void {
    const gone = new Set(this.#pending.filter(which));
    if (gone.size === 0) return;
    this.#pending = this.#pending.filter((transaction) => !gone.has(transaction));
    const ids = new Set([...gone].flatMap((transaction) => transaction.operations.map(operationId)));
    for (const id of ids) {
      const left = this.#laid.get(id)?.filter((laid) => !gone.has(laid.transaction)) ?? [];
      if (left.length > 0) this.#laid.set(id, left);
      else this.#laid.delete(id);
      touched.add(id);
    }
  }

  #fold(id: string): Shape | undefined {
    let shape = this.#confirmed.get(id);
    for (const { operation } of this.#laid.get(id) ?? []) shape = applyOperation(shape, operation);
    return shape;
  }

  #refresh(ids: ReadonlySet<string>): void {
    const changed: Shape[] = [];
    const removed: string[] = [];
    for (const id of ids) {
      const before = this.#shown.get(id);
      const after = this.#fold(id);
      if (!after) {
        if (this.#shown.delete(id)) removed.push(id);
        continue;
      }
      const shape = keepUnchanged(before, after);
      if (shape === before) continue;
      this.#shown.set(id, shape);
      changed.push(shape);
    }
    if (changed.length > 0 || removed.length > 0) this.#tell({ reset: false, changed, removed });
  }

  #tell(change: DocumentChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

/** The old objects where nothing differs, so that whoever compares by identity has nothing to do. */
function keepUnchanged(before: Shape | undefined, after: Shape): Shape {
  if (!before || before === after) return after;
  if (sameShape(before, after)) return before;
  return sameJson(before.props, after.props) ? { ...after, props: before.props } : after;
}
