/**
 * This browser's transactions from the moment they are made until they are durable. Pure bookkeeping: what to send
 * next, what is accepted, what may be forgotten, and what has to be sent again after the order began anew.
 */

import { mergeOperations } from "../document/merge";
import type { Operation } from "./protocol";

export interface OwnEdit {
  readonly client: string;
  readonly number: number;
  operations: readonly Operation[];
  /** Edits of one gesture may be merged while they have not been sent. */
  readonly gesture: number | null;
  /** Whether it ever left this browser: it must not change any more. */
  sent: boolean;
  /** Whether it was sent on the socket that is open now. */
  inFlight: boolean;
  /** Accepted; durable once this sequence number is. */
  acceptedAt: number | null;
}

/** The most edits sent and not answered: below what the server allows at once. */
const MAX_IN_FLIGHT = 256;
/** An unsent edit grows no further than this, so that no transaction becomes too large. */
const MAX_MERGED_OPERATIONS = 5_000;

export class OwnEdits {
  #edits: OwnEdit[] = [];
  #lastNumber = 0;

  constructor(readonly client: string) {}

  /** Everything that is not durable yet. */
  get count(): number {
    return this.#edits.length;
  }

  get inFlight(): boolean {
    return this.#edits.some((edit) => edit.inFlight);
  }

  /** Not accepted yet, in the order in which they were made. */
  pending(): OwnEdit[] {
    return this.#edits.filter((edit) => edit.acceptedAt === null);
  }

  /** All clients that edits wait for, this one's own first. */
  clients(): string[] {
    return [...new Set([this.client, ...this.#edits.map((edit) => edit.client)])];
  }

  /** Takes over a closed tab's edit. */
  adopt(client: string, number: number, operations: readonly Operation[]): OwnEdit {
    const edit = { client, number, operations, gesture: null, sent: true, inFlight: false, acceptedAt: null };
    this.#edits.push(edit);
    return edit;
  }

  /** Notes a new edit; `merged` tells that it went into the one before. */
  submit(operations: readonly Operation[], gesture: number | null): { edit: OwnEdit; merged: boolean } {
    const last = this.#edits.at(-1);
    if (last && gesture !== null && mayGrow(last, gesture)) {
      const merged = mergeOperations(last.operations, operations);
      if (merged.length <= MAX_MERGED_OPERATIONS) {
        last.operations = merged;
        return { edit: last, merged: true };
      }
    }
    const number = ++this.#lastNumber;
    const edit = {
      client: this.client,
      number,
      operations,
      gesture,
      sent: false,
      inFlight: false,
      acceptedAt: null,
    };
    this.#edits.push(edit);
    return { edit, merged: false };
  }

  /** The edits to send now; they count as sent. */
  takeToSend(): OwnEdit[] {
    const room = MAX_IN_FLIGHT - this.#edits.filter((edit) => edit.inFlight).length;
    const waiting = this.#edits
      .filter((edit) => edit.acceptedAt === null && !edit.inFlight)
      .slice(0, Math.max(0, room));
    for (const edit of waiting) {
      edit.sent = true;
      edit.inFlight = true;
    }
    return waiting;
  }

  /** The socket is gone: what it carried may or may not have arrived, and is sent again. */
  disconnected(): void {
    for (const edit of this.#edits) edit.inFlight = false;
  }

  /** A client's edits up to `number` have a place in the order, at `seq` or before. */
  accepted(client: string, number: number, seq: number): void {
    for (const edit of this.#edits) {
      if (edit.client !== client || edit.number > number || edit.acceptedAt !== null) continue;
      edit.acceptedAt = seq;
      edit.inFlight = false;
    }
  }

  /** The order began anew: what is not known to be in it is pending again, under its old number. */
  startedAnew(): void {
    for (const edit of this.#edits) {
      edit.acceptedAt = null;
      edit.inFlight = false;
    }
  }

  /** Forgets, and gives back, what is durable up to this sequence number. */
  durable(seq: number): OwnEdit[] {
    return this.#take((edit) => edit.acceptedAt !== null && edit.acceptedAt <= seq);
  }

  /** Forgets a refused edit. */
  refused(client: string, number: number): OwnEdit | undefined {
    return this.#take((edit) => edit.client === client && edit.number === number)[0];
  }

  #take(which: (edit: OwnEdit) => boolean): OwnEdit[] {
    const taken = this.#edits.filter(which);
    if (taken.length > 0) this.#edits = this.#edits.filter((edit) => !which(edit));
    return taken;
  }
}

function mayGrow(edit: OwnEdit, gesture: number): boolean {
  return edit.gesture === gesture && !edit.sent && edit.acceptedAt === null;
}
