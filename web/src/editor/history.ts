/**
 * One's own undo and redo. A gesture is marked when it starts: completing folds it into one entry, cancelling gives
 * what brings everything back to the mark.
 */

import type { Operation, Shape } from "../document/shape";
import { UndoRecord } from "../document/undo";
import { Signal } from "../reactive/signal";

/** Entries kept; each holds only the fields that its gesture changed. */
const MAX_ENTRIES = 500;

type Look = (id: string) => Shape | undefined;

export class History {
  readonly canUndo = new Signal(false);
  readonly canRedo = new Signal(false);
  #undo: UndoRecord[] = [];
  #redo: UndoRecord[] = [];
  #open: UndoRecord | null = null;
  #gesture = 0;

  constructor(private readonly look: Look) {}

  /** The number of the gesture that is under way; null between gestures. */
  get gesture(): number | null {
    return this.#open && this.#gesture;
  }

  begin(): void {
    this.complete();
    this.#gesture++;
    this.#open = new UndoRecord();
  }

  /** What was recorded last: the gesture under way, else the newest entry. */
  get latest(): UndoRecord | undefined {
    return this.#open ?? this.#undo.at(-1);
  }

  /** Notes what is about to change: into the gesture under way, else as an entry of its own. */
  record(operations: readonly Operation[]): void {
    const record = this.#open ?? new UndoRecord();
    record.record(operations, this.look);
    if (!this.#open) this.#push(record);
  }

  /**
   * Notes what is about to change as a late consequence of an earlier record, so that both are undone together. False:
   * that was undone meanwhile, and nothing should follow from it.
   */
  follow(record: UndoRecord, operations: readonly Operation[]): boolean {
    if (record !== this.#open && !this.#undo.includes(record)) return false;
    record.record(operations, this.look);
    return true;
  }

  complete(): void {
    const record = this.#open;
    this.#open = null;
    if (record && record.operations(this.look).length > 0) this.#push(record);
  }

  /** Ends the gesture and gives what takes it back. */
  cancel(): Operation[] {
    const operations = this.#open?.operations(this.look) ?? [];
    this.#open = null;
    return operations;
  }

  /** Takes the newest entry that still changes something; the redo entry is made now, against what is there now. */
  undo(): Operation[] {
    return this.#step(this.#undo, this.#redo);
  }

  redo(): Operation[] {
    return this.#step(this.#redo, this.#undo);
  }

  #step(from: UndoRecord[], to: UndoRecord[]): Operation[] {
    this.complete();
    let operations: Operation[] = [];
    while (operations.length === 0 && from.length > 0) operations = from.pop()?.operations(this.look) ?? [];
    if (operations.length > 0) {
      const record = new UndoRecord();
      record.record(operations, this.look);
      to.push(record);
    }
    this.#publish();
    return operations;
  }

  #push(record: UndoRecord): void {
    this.#undo.push(record);
    if (this.#undo.length > MAX_ENTRIES) this.#undo.shift();
    this.#redo = [];
    this.#publish();
  }

  #publish(): void {
    this.canUndo.value = this.#undo.length > 0;
    this.canRedo.value = this.#redo.length > 0;
  }
}
