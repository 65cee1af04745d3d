/**
 * This browser's transactions from the moment they are made until they are durable. Pure bookkeeping: what to send
 * next, what is accepted, what may be forgotten, and what has to be sent again after the order began anew.
 */

import { fitsTransaction, mergeOperations } from "../document/merge";
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
  /** Whether the server may have ended a session over it: it is sent alone then. */
  suspect: boolean;
  /** Accepted; durable once this sequence number is. */
  acceptedAt: number | null;
}

/** The most edits sent and not answered: below what the server allows at once. */
const MAX_IN_FLIGHT = 256;

const UNSENT = { sent: false, inFlight: false, suspect: false, acceptedAt: null };

export class OwnEdits {
  #edits: OwnEdit[] = [];
  #lastNumber = 0;

  constructor(readonly client: string) {}

  /** Everything that is not durable yet. */
  get count(): number {
    return this.#edits.length;
  }

  get inFlight(): OwnEdit[] {
    return this.#edits.filter((edit) => edit.inFlight);
  }

  /** Not accepted yet, in the order in which they were made. */
  pending(): OwnEdit[] {
    return this.#edits.filter((edit) => edit.acceptedAt === null);
  }

  /** Whether any that are not accepted may have reached a server. */
  get haveBeenSent(): boolean {
    return this.pending().some((edit) => edit.sent);
  }

  /** What a canvas at this sequence number does not hold, as far as is known. */
  missingAt(seq: number): OwnEdit[] {
    return this.#edits.filter(({ acceptedAt }) => acceptedAt === null || acceptedAt > seq);
  }

  /** All clients that edits wait for, this one's own first. */
  clients(): string[] {
    return [...new Set([this.client, ...this.#edits.map((edit) => edit.client)])];
  }

  /** Takes over a closed tab's edit. */
  adopt(client: string, number: number, operations: readonly Operation[]): OwnEdit {
    return this.#add({ ...UNSENT, client, number, operations, gesture: null, sent: true });
  }

  /** Notes a new edit. */
  submit(operations: readonly Operation[], gesture: number | null): OwnEdit {
    return this.#add({ ...UNSENT, client: this.client, number: ++this.#lastNumber, operations, gesture });
  }

  /** Lets the newest edit, if it is of the same gesture and was not sent, do this as well. Undefined: it cannot. */
  grow(operations: readonly Operation[], gesture: number | null): OwnEdit | undefined {
    const last = this.#edits.at(-1);
    if (!last || gesture === null || !mayGrow(last, gesture)) return undefined;
    const merged = mergeOperations(last.operations, operations);
    if (!fitsTransaction(merged)) return undefined;
    last.operations = merged;
    return last;
  }

  /** The edits to send now; they count as sent. */
  takeToSend(): OwnEdit[] {
    const pending = this.pending();
    const most = pending.some((edit) => edit.suspect) ? 1 : MAX_IN_FLIGHT;
    const room = Math.max(0, most - this.inFlight.length);
    const waiting = pending.filter((edit) => !edit.inFlight).slice(0, room);
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

  /**
   * This server knows a client's edits up to `number` only: those that another has accepted since are sent again, so
   * that what comes after them is not checked without them.
   */
  unknown(client: string, number: number): void {
    for (const edit of this.#edits) {
      if (edit.client === client && edit.number > number) edit.acceptedAt = null;
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

  #add(edit: OwnEdit): OwnEdit {
    this.#edits.push(edit);
    return edit;
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
