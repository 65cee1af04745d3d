/** Fakes for tests: a room in memory, and outboxes that need no browser. */

import { applyOperation, type Operation, operationId, type Shape, shapeToWire } from "../document/shape";
import type { OutboxClaim } from "./outbox-claim";
import type { OutboxStore, StoredEdit } from "./outbox-store";
import type { ClientMessage, Edit, Hello, Problem, Role, Sequenced, ServerMessage } from "./protocol";
import type { Snapshot } from "./snapshot";
import type { OpenSocket, SocketHandlers } from "./socket";

export class MemoryOutbox implements OutboxStore {
  edits: StoredEdit[] = [];

  async load(user: string, project: string) {
    return this.edits.filter((edit) => edit.user === user && edit.project === project);
  }

  async put(edit: StoredEdit) {
    const others = this.edits.filter((old) => old.client !== edit.client || old.number !== edit.number);
    this.edits = [...others, structuredClone(edit)].sort((a, b) => a.number - b.number);
  }

  async remove(_user: string, _project: string, client: string, numbers: readonly number[]) {
    this.edits = this.edits.filter((edit) => edit.client !== client || !numbers.includes(edit.number));
  }
}

/** A claim of one tab; the tabs that were closed before are named. */
export function claimOf(own: string, outbox: MemoryOutbox, closed: readonly string[] = []): OutboxClaim {
  const claimed = new Set<string>();
  return {
    own,
    async adopt() {
      const found = outbox.edits.filter((edit) => closed.includes(edit.client) && !claimed.has(edit.client));
      for (const { client } of found) claimed.add(client);
      return found;
    },
    release() {},
  };
}

interface Guest {
  handlers: SocketHandlers;
  greeted: boolean;
  session: string;
}

/** A room that orders what it is sent, tells everybody when `tick` is called, and can lose its newest part. */
export class FakeRoom {
  epoch = 1;
  log: Sequenced[] = [];
  durable = 0;
  role: Role = "editor";
  reachable = true;
  doorProblem: Problem | null = null;
  refuse: (edit: Edit) => Problem | null = () => null;
  guests: Guest[] = [];
  /** Everything that browsers sent. */
  received: ClientMessage[] = [];
  #told = 0;
  #sessions = 0;

  get seq(): number {
    return this.log.length;
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

  snapshot(): Snapshot {
    this.tick();
    const shapes = [...this.shapes().values()].map(shapeToWire);
    return { place: { epoch: this.epoch, seq: this.seq }, shapes };
  }

  readonly open: OpenSocket = (handlers) => {
    const guest: Guest = { handlers, greeted: false, session: `s${++this.#sessions}` };
    void Promise.resolve().then(() => {
      if (!this.reachable || this.doorProblem) return handlers.closed();
      this.guests.push(guest);
      handlers.open();
    });
    return {
      send: (message) => {
        if (this.guests.includes(guest)) this.#receive(guest, JSON.parse(JSON.stringify(message)));
      },
      close: () => {
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
    this.#broadcast({ tick: { transactions, durable } });
  }

  /** Says something to everybody. */
  say(message: ServerMessage): void {
    this.#broadcast(message);
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

  #receive(guest: Guest, message: ClientMessage): void {
    this.received.push(message);
    if ("hello" in message) this.#greet(guest, message.hello);
    else if ("edit" in message) this.#edit(guest, message.edit);
  }

  #greet(guest: Guest, { known, clients }: Hello): void {
    this.tick();
    guest.greeted = true;
    const place = { epoch: this.epoch, seq: this.seq };
    const numbers = clients.map((client) => this.#last(client));
    const me = { session: guest.session, user: "u", name: "Ada", hue: 200 };
    const { role, durable } = this;
    guest.handlers.message({ welcome: { ...me, role, place, durable, numbers, sessions: [me] } });
    if (known?.epoch !== this.epoch || known.seq > this.seq) {
      guest.handlers.message({ resync: { place, reason: "epoch" } });
    } else if (known.seq < this.seq) {
      const before = this.shapes(known.seq);
      const now = this.shapes();
      const shapes = [...now.values()].filter((shape) => before.get(shape.id) !== shape).map(shapeToWire);
      const deleted = [...before.keys()].filter((id) => !now.has(id));
      guest.handlers.message({ changes: { place, shapes, deleted, durable, sessions: [me] } });
    }
  }

  #edit(guest: Guest, edit: Edit): void {
    const { client, number } = edit;
    const last = this.log.findLast((entry) => entry.client === client);
    const problem = this.refuse(edit);
    if (last && number <= last.number)
      guest.handlers.message({ known: { client, number: last.number, seq: last.seq } });
    else if (problem) guest.handlers.message({ refused: { client, number, problem } });
    else this.#order(edit);
  }

  #order({ client, number, operations }: Edit): void {
    this.log.push({ seq: this.seq + 1, client, number, user: "u", operations });
  }

  #last(client: string): number {
    return this.log.findLast((entry) => entry.client === client)?.number ?? 0;
  }

  #broadcast(message: ServerMessage): void {
    for (const guest of [...this.guests]) if (guest.greeted) guest.handlers.message(structuredClone(message));
  }
}

export function shapesOf(shapes: Iterable<Shape>): Record<string, Shape> {
  return Object.fromEntries([...shapes].map((shape): [string, Shape] => [shape.id, shape]).sort());
}

export function box(id: string, x = 0): Operation {
  return { put: { id, type: "basic/rectangle", index: "V", x, y: 0, width: 10, height: 10, props: {} } };
}
