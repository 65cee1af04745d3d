/**
 * A room in memory for tests, as strict as the real one (`host/rooms/src/sessions.rs`): one `hello` until it asks to
 * resynchronise, no feed meanwhile, and an end with the reason for who breaks the rules.
 */

import { applyOperation, type Operation, operationId, type Shape, shapeToWire } from "../document/shape";
import type { ClientMessage, Edit, Hello, Problem, Role, Sequenced, ServerMessage } from "./protocol";
import type { Snapshot } from "./snapshot";
import type { OpenSocket, SocketHandlers } from "./socket";

interface Guest {
  handlers: SocketHandlers;
  session: string;
  greeted: boolean;
  mayGreet: boolean;
  /** Whether it is sent the feed. */
  follows: boolean;
  /** The last number of each client that was answered in this session. */
  answered: Map<string, number>;
}

const MAX_CLIENTS = 100;
const MAX_FRAME = 4 << 20;

/** Orders what it is sent, tells everybody when `tick` is called, and can lose its newest part. */
export class FakeRoom {
  epoch = 1;
  log: Sequenced[] = [];
  durable = 0;
  role: Role = "editor";
  reachable = true;
  doorProblem: Problem | null = null;
  refuse: (edit: Edit) => Problem | null = () => null;
  /** Edits that the server cannot read: it ends the session. */
  unreadable: (edit: Edit) => boolean = () => false;
  /** How long a snapshot takes (ms), and how many transactions old it is. */
  snapshotDelay = 0;
  snapshotAge = 0;
  guests: Guest[] = [];
  /** Everything that browsers sent. */
  received: ClientMessage[] = [];
  /** Why sessions were ended. */
  closings: string[] = [];
  #told = 0;
  #sessions = 0;

  get seq(): number {
    return this.log.length;
  }

  get hellos(): Hello[] {
    return this.received.flatMap((message) => ("hello" in message ? [message.hello] : []));
  }

  get edits(): Edit[] {
    return this.received.flatMap((message) => ("edit" in message ? [message.edit] : []));
  }

  shapes(upTo = this.seq): Map<string, Shape> {
    const shapes = new Map<string, Shape>();
    for (const operation of this.log.slice(0, upTo).flatMap((entry) => entry.operations)) {
      const next = applyOperation(shapes.get(operationId(operation)), operation);
      if (next) shapes.set(next.id, next);
      else shapes.delete(operationId(operation));
    }
    return shapes;
  }

  /** The canvas as it was when it was asked for, or some transactions before; it takes its time. */
  async snapshot(): Promise<Snapshot> {
    const seq = Math.max(0, this.seq - this.snapshotAge);
    const shapes = [...this.shapes(seq).values()].map(shapeToWire);
    const place = { epoch: this.epoch, seq };
    if (this.snapshotDelay > 0) await new Promise((resolve) => setTimeout(resolve, this.snapshotDelay));
    return { place, shapes };
  }

  readonly open: OpenSocket = (handlers) => {
    const guest: Guest = {
      handlers,
      session: `s${++this.#sessions}`,
      greeted: false,
      mayGreet: true,
      follows: false,
      answered: new Map(),
    };
    let closed = false;
    void Promise.resolve().then(() => {
      if (closed) return;
      if (!this.reachable || this.doorProblem) return handlers.closed();
      this.guests.push(guest);
      handlers.open();
    });
    return {
      send: (message) => {
        if (this.guests.includes(guest)) this.#receive(guest, JSON.stringify(message));
      },
      close: () => {
        closed = true;
        this.guests = this.guests.filter((other) => other !== guest);
      },
    };
  };

  /** Puts something in order as another session would. */
  edit(...operations: Operation[]): void {
    this.#order({ client: "other", number: this.#last("other") + 1, operations });
  }

  /** Tells everybody what is new. */
  tick(durable = this.durable): void {
    this.durable = durable;
    const transactions = structuredClone(this.log.slice(this.#told));
    this.#told = this.seq;
    for (const guest of [...this.guests]) {
      if (guest.follows) this.#tell(guest, { tick: { transactions, durable } });
    }
  }

  /** Says something to everybody. */
  say(message: ServerMessage): void {
    for (const guest of [...this.guests]) if (guest.greeted) this.#tell(guest, message);
  }

  /** Everybody has fallen too far behind to be told what changed. */
  fallBehind(): void {
    for (const guest of [...this.guests]) if (guest.follows) this.#askToResync(guest, "behind");
  }

  /** Cuts every connection. */
  cut(): void {
    const gone = this.guests;
    this.guests = [];
    for (const guest of gone) guest.handlers.closed();
  }

  /** Dies and comes back with only what was durable, in a new epoch. */
  crash(): void {
    this.cut();
    this.log = this.log.slice(0, this.durable);
    this.#told = this.seq;
    this.epoch++;
  }

  #receive(guest: Guest, frame: string): void {
    const message = JSON.parse(frame) as ClientMessage;
    this.received.push(message);
    if (frame.length > MAX_FRAME) this.#end(guest, "frame-too-large");
    else if ("edit" in message && this.unreadable(message.edit)) this.#end(guest, "bad-frame");
    else if ("hello" in message) this.#greet(guest, message.hello);
    else if (!guest.greeted) this.#end(guest, "hello-first");
    else if ("edit" in message) this.#edit(guest, message.edit);
  }

  #greet(guest: Guest, { known, clients }: Hello): void {
    this.tick();
    if (guest.mayGreet && clients.length <= MAX_CLIENTS) this.#welcome(guest, { known, clients });
    else this.#end(guest, "bad-frame");
  }

  #welcome(guest: Guest, { known, clients }: Pick<Hello, "known" | "clients">): void {
    guest.mayGreet = false;
    guest.greeted = true;
    const place = { epoch: this.epoch, seq: this.seq };
    const numbers = clients.map((client) => this.#last(client));
    const me = { session: guest.session, user: "u", name: "Ada", hue: 200 };
    const { role, durable } = this;
    this.#tell(guest, { welcome: { ...me, role, place, durable, numbers, sessions: [me] } });
    if (known?.epoch === this.epoch && known.seq === this.seq) guest.follows = true;
    else if (known && known.epoch !== this.epoch) this.#askToResync(guest, "epoch");
    else {
      const before = this.shapes(known?.seq ?? 0);
      const now = this.shapes();
      const shapes = [...now.values()].filter((shape) => before.get(shape.id) !== shape).map(shapeToWire);
      const deleted = [...before.keys()].filter((id) => !now.has(id));
      this.#tell(guest, { changes: { place, shapes, deleted, durable, sessions: [me] } });
      guest.follows = true;
    }
  }

  #askToResync(guest: Guest, reason: string): void {
    guest.mayGreet = true;
    guest.follows = false;
    this.#tell(guest, { resync: { place: { epoch: this.epoch, seq: this.seq }, reason } });
  }

  #edit(guest: Guest, edit: Edit): void {
    const { client, number } = edit;
    const last = this.#last(client);
    const first = (guest.answered.get(client) ?? 0) < number;
    if (first) guest.answered.set(client, number);
    const problem = this.refuse(edit);
    if (number <= last) this.#tell(guest, { known: { client, number: last, seq: this.seq } });
    else if (!first) return;
    else if (problem) this.#tell(guest, { refused: { client, number, problem } });
    else this.#order(edit);
  }

  #end(guest: Guest, code: string): void {
    this.closings.push(code);
    this.guests = this.guests.filter((other) => other !== guest);
    guest.handlers.message({ closing: { code, message: `it was ${code}`, reconnect: false } });
    guest.handlers.closed();
  }

  #order({ client, number, operations }: Edit): void {
    this.log.push({ seq: this.seq + 1, client, number, user: "u", operations });
  }

  #last(client: string): number {
    return this.log.findLast((entry) => entry.client === client)?.number ?? 0;
  }

  #tell(guest: Guest, message: ServerMessage): void {
    if (this.guests.includes(guest)) guest.handlers.message(structuredClone(message));
  }
}
