/**
 * A room in memory for tests, as strict as the real one (`host/rooms/src/sessions.rs`): one `hello` until it asks to
 * resynchronise, no feed meanwhile, and an end with the reason for who breaks the rules.
 */

import { applyOperation, type Operation, operationId, type Shape, shapeToWire } from "../document/shape";
import type {
  ClientMessage,
  Edit,
  Hello,
  Place,
  Problem,
  Role,
  Sequenced,
  ServerMessage,
  SessionInfo,
} from "./protocol";
import { LoadError, type Snapshot } from "./snapshot";
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
  /** Whether it neither lets anybody in nor says that it does not. */
  silent = false;
  /** Whether every place that a browser knows is too far behind. */
  neverFollows = false;
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
  /** So many snapshots come from a host that has not heard of the new epoch yet. */
  snapshotsFromBefore = 0;
  /** So many snapshots do not come at all. */
  snapshotFails = 0;
  /** How many snapshots were asked for. */
  snapshots = 0;
  /** Who is here besides. */
  others: SessionInfo[] = [];
  /** Whether edits wait because the hosts' order cannot be reached. */
  stalled = false;
  #told = 0;
  #sessions = 0;
  #before: Snapshot | null = null;
  /** What this host has seen of the order, while it lags behind the others. */
  #seen: { epoch: number; log: Sequenced[]; durable: number } | null = null;
  #early: { guest: Guest; hello: Hello }[] = [];
  #waiting: { guest: Guest; edit: Edit }[] = [];

  /** How far the order is. */
  get seq(): number {
    return this.log.length;
  }

  get #place(): Place {
    return this.#seen
      ? { epoch: this.#seen.epoch, seq: this.#seen.log.length }
      : { epoch: this.epoch, seq: this.seq };
  }

  get hellos(): Hello[] {
    return this.received.flatMap((message) => ("hello" in message ? [message.hello] : []));
  }

  get edits(): Edit[] {
    return this.received.flatMap((message) => ("edit" in message ? [message.edit] : []));
  }

  shapes(upTo = this.seq, log = this.log): Map<string, Shape> {
    const shapes = new Map<string, Shape>();
    for (const operation of log.slice(0, upTo).flatMap((entry) => entry.operations)) {
      const next = applyOperation(shapes.get(operationId(operation)), operation);
      if (next) shapes.set(next.id, next);
      else shapes.delete(operationId(operation));
    }
    return shapes;
  }

  /** The canvas as it was when it was asked for, or some transactions before; it takes its time. */
  async snapshot(): Promise<Snapshot> {
    this.snapshots++;
    if (this.snapshotFails > 0) {
      this.snapshotFails--;
      throw new LoadError(null);
    }
    if (this.#before && this.snapshotsFromBefore > 0) {
      this.snapshotsFromBefore--;
      return structuredClone(this.#before);
    }
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
      if (closed || this.silent) return;
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
    if (this.#seen) return;
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

  /** Ends every session with a reason after which connecting again makes sense. */
  close(code: string): void {
    this.closings.push(code);
    const gone = this.guests;
    this.guests = [];
    for (const { handlers } of gone) {
      handlers.message({ closing: { code, message: `it was ${code}`, reconnect: true } });
      handlers.closed();
    }
  }

  /** Dies and comes back with only what was durable, in a new epoch. */
  crash(): void {
    this.cut();
    this.#loseOrder();
  }

  /** The hosts' order has lost what was not durable and begins anew; the sessions stay. */
  beginAnew(): void {
    this.#loseOrder();
    if (!this.#seen) this.#askAllToResync();
  }

  /** The order cannot be reached, or can be again: what came meanwhile gets its place then. */
  stall(stalled: boolean): void {
    this.stalled = stalled;
    this.say({ stalled: { stalled } });
    if (stalled) return;
    for (const { guest, edit } of this.#waiting.splice(0)) this.#edit(guest, edit);
  }

  /** This host hears nothing of the order any more; the others, and the snapshots that they give, go on. */
  lag(): void {
    if (this.#seen) return;
    this.tick();
    this.#seen = { epoch: this.epoch, log: [...this.log], durable: this.durable };
  }

  /** It has caught up, and greets those who were ahead of it. */
  catchUp(): void {
    const seen = this.#seen;
    this.#seen = null;
    if (seen && seen.epoch !== this.epoch) this.#askAllToResync();
    this.tick();
    for (const { guest, hello } of this.#early.splice(0))
      if (this.guests.includes(guest)) this.#welcome(guest, hello);
  }

  /** It gives up waiting until it has come as far as those who were ahead of it. */
  giveUpOnEarly(): void {
    for (const { guest, hello } of this.#early.splice(0)) {
      if (this.guests.includes(guest)) this.#welcome(guest, { ...hello, known: undefined });
    }
  }

  #loseOrder(): void {
    this.#before = { place: this.#place, shapes: [...this.shapes().values()].map(shapeToWire) };
    this.log = this.log.slice(0, this.durable);
    // What a host holds goes back into the order without gaps, or not at all.
    this.#waiting = [];
    this.#told = this.seq;
    this.epoch++;
  }

  #askAllToResync(): void {
    for (const guest of [...this.guests]) if (guest.greeted) this.#askToResync(guest, "epoch");
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

  #greet(guest: Guest, hello: Hello): void {
    const { known, clients } = hello;
    this.tick();
    const place = this.#place;
    if (!guest.mayGreet || clients.length > MAX_CLIENTS) this.#end(guest, "bad-frame");
    else if (known && this.#seen && isAfter(known, place)) this.#early.push({ guest, hello });
    else this.#welcome(guest, hello);
  }

  #welcome(guest: Guest, { known, clients }: Pick<Hello, "known" | "clients">): void {
    guest.mayGreet = false;
    guest.greeted = true;
    const place = this.#place;
    const log = this.#seen?.log ?? this.log;
    const durable = this.#seen?.durable ?? this.durable;
    const numbers = clients.map((client) => this.#last(client, log));
    const me = { session: guest.session, user: "u", name: "Ada", hue: 200 };
    const sessions = [me, ...this.others];
    this.#tell(guest, { welcome: { ...me, role: this.role, place, durable, numbers, sessions } });
    if (this.stalled) this.#tell(guest, { stalled: { stalled: true } });
    if (known?.epoch === place.epoch && known.seq === place.seq) guest.follows = true;
    else if (this.neverFollows) this.#askToResync(guest, "behind");
    else if (known && known.epoch !== place.epoch) this.#askToResync(guest, "epoch");
    else {
      const before = this.shapes(known?.seq ?? 0, log);
      const now = this.shapes(place.seq, log);
      const shapes = [...now.values()].filter((shape) => before.get(shape.id) !== shape).map(shapeToWire);
      const deleted = [...before.keys()].filter((id) => !now.has(id));
      this.#tell(guest, { changes: { place, shapes, deleted, durable, sessions } });
      guest.follows = true;
    }
  }

  #askToResync(guest: Guest, reason: string): void {
    guest.mayGreet = true;
    guest.follows = false;
    // It greets again: a hello of before would be answered besides.
    this.#early = this.#early.filter((early) => early.guest !== guest);
    this.#tell(guest, { resync: { place: this.#place, reason } });
  }

  #edit(guest: Guest, edit: Edit): void {
    if (this.stalled) {
      this.#waiting.push({ guest, edit });
      return;
    }
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

  #last(client: string, log = this.log): number {
    return log.findLast((entry) => entry.client === client)?.number ?? 0;
  }

  #tell(guest: Guest, message: ServerMessage): void {
    if (this.guests.includes(guest)) guest.handlers.message(structuredClone(message));
  }
}

function isAfter(a: Place, b: Place): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.seq > b.seq);
}
