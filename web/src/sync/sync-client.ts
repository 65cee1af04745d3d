/**
 * Keeps a project's document in step with its room: snapshot over HTTP, then the socket. `hello` names the place that is
 * known; `changes` or `resync` bring it up to date; ticks carry on from there. Own edits are shown at once, kept in the
 * outbox until they are durable, and sent again after every loss. When the connection goes, it comes
 * back on its own; the document can be edited meanwhile.
 */

import type { SharedDocument } from "../document/document";
import { splitOperations } from "../document/merge";
import { sameJson, shapeFromWire } from "../document/shape";
import { Happening, Signal } from "../reactive/signal";
import { Connection, type ConnectionOptions, SILENCE_MS } from "./connection";
import { type KeeperOptions, OutboxKeeper } from "./outbox-keeper";
import type { StoredEdit } from "./outbox-store";
import { OwnEdits } from "./own-edits";
import { People } from "./people";
import { PresenceSender } from "./presence-sender";
import {
  type Changes,
  type Closing,
  type Known,
  type Operation,
  type Place,
  PROTOCOL,
  type Problem,
  type Refused,
  type Resync,
  type ServerMessage,
  type Tick,
  type Welcome,
} from "./protocol";
import type { Snapshot } from "./snapshot";
import { SnapshotLoader, type SnapshotLoaderOptions } from "./snapshot-loader";
import type { SyncState } from "./status";

export interface SyncOptions extends ConnectionOptions, KeeperOptions, SnapshotLoaderOptions {
  document: SharedDocument;
}

/** The most outboxes that a `hello` may name. Edits of others are sent without, and known to the server if it has them. */
const MAX_GREETED = 100;
/** The reasons to end a session that lie in the frame that it was sent. */
const BLAMES_THE_FRAME: readonly string[] = ["bad-frame", "frame-too-large"];
/** The reasons to end a session after which another host, or the same one anew, answers at once. */
const ASKS_TO_MOVE: readonly string[] = ["moving", "shutdown", "room-gone"];
/** A server that has said that edits wait may be silent for so long; then another host is tried. */
const STALLED_SILENCE_MS = 60_000;

export class SyncClient {
  readonly state = new Signal<SyncState>({
    phase: "connecting",
    loaded: false,
    role: null,
    session: null,
    unsaved: 0,
    kept: true,
    problem: null,
    stalled: false,
  });
  readonly people = new People();
  readonly presence = new PresenceSender((presence) => this.#connection.send({ presence }));
  /** An edit was refused and has been taken back. */
  readonly refused = new Happening<Refused>();
  /** The project's plugins have changed. */
  readonly pluginsChanged = new Happening<string>();

  readonly #connection: Connection;
  readonly #keeper: OutboxKeeper;
  readonly #edits: OwnEdits;
  #place: Place | null = null;
  /** Everything up to here is durable in this epoch, as far as this browser has heard. */
  #durable = 0;
  /** A welcome whose changes have not come yet. */
  #catchingUp: Welcome | null = null;
  /** The clients of the last `hello`, which `welcome.numbers` answers. */
  #helloClients: string[] = [];
  /** `hello` is on its way: ticks until the answer are part of what the answer covers. */
  #greeting = false;
  readonly #loader: SnapshotLoader;
  /** Own transactions that are in the order, while the document is not at their place yet. */
  #ahead: Known[] = [];

  constructor(private readonly options: SyncOptions) {
    this.#edits = new OwnEdits(options.claim.own);
    this.#connection = new Connection(options, {
      prepare: async () => {
        if (!this.#place || this.#loader.busy) await this.#loader.load();
      },
      opened: () => void this.#greet(),
      received: (message) => this.#receive(message),
      lost: () => this.#disconnected(),
      away: (phase) => {
        // In a move, the others stay where they were last seen until the next host tells who is here.
        if (phase !== "moving") this.people.clear();
        this.#update({ phase });
      },
      ended: (problem) => {
        this.#disconnected();
        this.people.clear();
        this.#update({ phase: "closed", problem });
      },
    });
    this.#loader = new SnapshotLoader(options, (snapshot) => this.#begin(snapshot));
    this.#keeper = new OutboxKeeper(
      options,
      (kept) => this.#update({ kept, unsaved: this.#edits.count }),
      (edits) => this.#adopt(edits),
    );
  }

  /** The place in the order that the confirmed document is at. */
  get place(): Place | null {
    return this.#place;
  }

  /** Loads the canvas and connects; goes on by itself from then on. */
  async start(): Promise<void> {
    // Side by side: what is taken over is laid over the canvas, whichever is there first.
    await Promise.all([this.#keeper.adopt(), this.#connection.connect()]);
  }

  /** Ends it. Edits that are not durable stay in the outbox for the next tab. */
  stop(): void {
    this.presence.pause();
    this.#connection.stop();
    this.#keeper.stop();
  }

  get mayEdit(): boolean {
    const { loaded, phase, role } = this.state.value;
    return loaded && phase !== "closed" && role !== "viewer";
  }

  /** Applies an edit at once and sends it when it can. Edits of one gesture may travel as one. */
  submit(operations: readonly Operation[], gesture: number | null = null): boolean {
    if (!this.mayEdit || operations.length === 0) return false;
    const { document } = this.options;
    for (const [place, part] of splitOperations(operations).entries()) {
      // Only what was there before can grow: the parts of one edit are as large as can be.
      const grown = place === 0 ? this.#edits.grow(part, gesture) : undefined;
      const edit = grown ?? this.#edits.submit(part, gesture);
      if (grown) document.replace({ ...edit });
      else document.add({ ...edit });
      this.#keeper.keep(edit);
    }
    this.#update({ unsaved: this.#edits.count });
    this.#sendWaiting();
    return true;
  }

  /** The browser's network came or went. */
  networkChanged(): void {
    this.#connection.networkChanged();
  }

  /** The tab may be gone in a moment: stores what is not stored yet. */
  flush(): void {
    this.#keeper.flush();
  }

  #disconnected(): void {
    this.#catchingUp = null;
    this.#greeting = false;
    this.#edits.disconnected();
    this.presence.pause();
    this.#update({ session: null, stalled: false });
  }

  #begin({ place, shapes }: Snapshot): void {
    if (this.#place && this.#place.epoch !== place.epoch) {
      this.#edits.startedAnew();
      this.#durable = 0;
    }
    this.#place = place;
    // A snapshot may be older than what this browser has seen: own edits stay until the canvas has caught up.
    const missing = this.#edits.missingAt(place.seq);
    this.#ahead = missing.flatMap(({ client, number, acceptedAt }) =>
      acceptedAt === null ? [] : [{ client, number, seq: acceptedAt }],
    );
    this.options.document.load(
      shapes.map(shapeFromWire),
      missing.map((edit) => ({ ...edit })),
    );
    this.#update({ loaded: true });
  }

  #adopt(stored: readonly StoredEdit[]): void {
    for (const { client, number, operations } of stored) {
      const edit = this.#edits.adopt(client, number, operations);
      if (this.#place) this.options.document.add({ ...edit });
    }
    this.#sendWaiting();
  }

  /** Greets with the outboxes of closed tabs, unless they keep one waiting. */
  async #greet(): Promise<void> {
    const { socket } = this.#connection;
    await this.#keeper.adopt();
    if (socket && socket === this.#connection.socket) this.#hello();
  }

  #hello(): void {
    const known = this.#place ?? undefined;
    this.#helloClients = this.#edits.clients().slice(0, MAX_GREETED);
    this.#greeting = true;
    this.#connection.heard(SILENCE_MS);
    this.#connection.send({ hello: { protocol: PROTOCOL, known, clients: this.#helloClients } });
  }

  #receive(message: ServerMessage): void {
    if ("welcome" in message) this.#welcome(message.welcome);
    else if ("changes" in message) this.#changes(message.changes);
    else if ("resync" in message) void this.#resync(message.resync);
    else if ("tick" in message) this.#tick(message.tick);
    else if ("known" in message) this.#known(message.known);
    else if ("refused" in message) this.#takeBack(message.refused);
    else if ("role" in message) this.#roleChanged(message.role.role);
    else if ("plugins" in message) this.pluginsChanged.tell(message.plugins.reason);
    else if ("stalled" in message) this.#update({ stalled: message.stalled.stalled });
    else if ("closing" in message) this.#closing(message.closing);
    this.#sendWaiting();
    this.#connection.heard(this.#patience);
  }

  /** How long (ms) the server may be silent; null: nothing is awaited of it. A snapshot has a limit of its own. */
  get #patience(): number | null {
    if (this.#loader.busy) return null;
    if (this.#greeting || this.#catchingUp !== null) return SILENCE_MS;
    if (this.#edits.inFlight.length === 0) return null;
    return this.state.value.stalled ? STALLED_SILENCE_MS : SILENCE_MS;
  }

  #welcome(welcome: Welcome): void {
    this.#greeting = false;
    this.#catchingUp = welcome;
    this.#update({ role: welcome.role, session: welcome.session, stalled: false });
    this.people.replace(welcome.sessions, welcome.session);
    const { epoch, seq } = welcome.place;
    if (this.#place?.epoch === epoch && this.#place.seq === seq) this.#caughtUp(welcome.place);
  }

  #changes({ place, shapes, deleted, durable, sessions }: Changes): void {
    if (this.#loader.busy) return;
    // A host that has not come as far as this browser, and will not soon: its canvas is none to go on from.
    if (this.#place && isBefore(place, this.#place)) {
      this.#connection.lose();
      return;
    }
    this.options.document.applyChanges(shapes.map(shapeFromWire), deleted);
    const { session } = this.state.value;
    if (session) this.people.replace(sessions, session);
    this.#caughtUp(place);
    this.#forget(durable);
  }

  /** The server asks for a new beginning, and for another `hello`. */
  async #resync({ place }: Resync): Promise<void> {
    const { socket } = this.#connection;
    const { busy } = this.#loader;
    const epoch = this.#place?.epoch;
    const hasCarriedEdits = this.state.value.phase === "online";
    this.#catchingUp = null;
    if (!this.#loader.ask(place)) return this.#connection.lose();
    if (busy) return;
    const failure = await this.#loader.load().then(
      () => null,
      (error: unknown) => ({ error }),
    );
    // Whoever opened another socket has waited for the same snapshot.
    if (!socket || socket !== this.#connection.socket) return;
    if (failure) this.#connection.failed(failure.error);
    // A session answers each edit once: what the new order has lost is sent again in another one.
    else if (hasCarriedEdits && epoch !== this.#place?.epoch && this.#edits.haveBeenSent)
      this.#connection.move();
    else this.#hello();
  }

  #caughtUp(place: Place): void {
    const welcome = this.#catchingUp;
    for (const [place, client] of this.#helloClients.entries()) {
      const number = welcome?.numbers[place];
      if (!welcome || number === undefined) continue;
      this.#edits.unknown(client, number);
      this.#ahead = this.#ahead.filter((ahead) => ahead.client !== client || ahead.number <= number);
      if (number === 0) continue;
      this.#edits.accepted(client, number, welcome.place.seq);
      this.#ahead.push({ client, number, seq: welcome.place.seq });
    }
    this.#moveTo(place);
    if (!welcome) return;
    this.#catchingUp = null;
    this.#loader.caughtUp();
    this.#connection.settled();
    this.#update({ phase: "online", problem: null });
    this.#forget(welcome.durable);
    this.#keeper.flush();
    this.presence.resume();
    this.#sendWaiting();
  }

  /** The confirmed document is at this place: own edits up to there are part of it. */
  #moveTo(place: Place): void {
    this.#place = place;
    const reached = this.#ahead.filter(({ seq }) => seq <= place.seq);
    if (reached.length === 0) return;
    this.#ahead = this.#ahead.filter(({ seq }) => seq > place.seq);
    for (const { client, number } of reached) this.options.document.accept(client, number);
  }

  #tick({ transactions = [], durable, presence = [], left = [] }: Tick): void {
    this.people.update(presence, left);
    if (this.#loader.busy || this.#greeting) return;
    // Nothing changed between the known place and the welcome's, so no `changes` came.
    if (this.#catchingUp) this.#caughtUp(this.#catchingUp.place);
    this.#applyInOrder(transactions);
    if (durable !== undefined) this.#forget(durable);
  }

  #applyInOrder(transactions: NonNullable<Tick["transactions"]>): void {
    const place = this.#place;
    const fresh = place ? transactions.filter(({ seq }) => seq > place.seq) : [];
    const last = fresh.at(-1);
    if (!place || !last) return;
    // A gap: only a new hello can tell what is missing.
    if (fresh[0]?.seq !== place.seq + 1) {
      this.#connection.lose();
      return;
    }
    this.options.document.applyOrdered(fresh);
    for (const { client, number, seq } of fresh) this.#edits.accepted(client, number, seq);
    this.#moveTo({ epoch: place.epoch, seq: last.seq });
  }

  #known(known: Known): void {
    this.#edits.accepted(known.client, known.number, known.seq);
    this.#ahead.push(known);
    if (this.#place) this.#moveTo(this.#place);
    // It may have become durable before this browser heard that it was accepted.
    this.#forget(this.#durable);
  }

  #closing({ code, message, reconnect }: Closing): void {
    if (reconnect && ASKS_TO_MOVE.includes(code)) this.#connection.move();
    else if (reconnect || (BLAMES_THE_FRAME.includes(code) && this.#setAside({ code, message }))) {
      this.#connection.lose();
    } else this.#connection.end({ code, message });
  }

  /** Takes back the edit that the session was ended over; false when there is none. It would end the next one too. */
  #setAside({ code, message }: Problem): boolean {
    const [edit, ...more] = this.#edits.inFlight;
    if (!edit) return false;
    // One of several: they are sent again one by one, and the next closing tells which one it is.
    for (const suspect of [edit, ...more]) suspect.suspect = true;
    if (more.length > 0) return true;
    const problem = { code, message: `The server could not take this change: ${message}` };
    this.#takeBack({ client: edit.client, number: edit.number, problem });
    return true;
  }

  #takeBack(refused: Refused): void {
    const edit = this.#edits.refused(refused.client, refused.number);
    if (!edit) return;
    this.options.document.refuse(refused.client, refused.number);
    this.#keeper.forget([edit]);
    this.refused.tell(refused);
  }

  #roleChanged(role: SyncState["role"]): void {
    if (role) this.#update({ role });
    else {
      const message = "You are no longer a member of this project.";
      this.#connection.end({ code: "not-a-member", message });
    }
  }

  #forget(durable: number): void {
    this.#durable = Math.max(this.#durable, durable);
    const edits = this.#edits.durable(this.#durable);
    if (edits.length > 0) this.#keeper.forget(edits);
  }

  #sendWaiting(): void {
    if (this.state.value.phase !== "online" || this.#catchingUp || this.#greeting || this.#loader.busy)
      return;
    if (!this.#connection.socket) return;
    for (const { client, number, operations } of this.#edits.takeToSend()) {
      this.#connection.send({ edit: { client, number, operations: [...operations] } });
    }
    const patience = this.#patience;
    if (patience !== null) this.#connection.awaitAnswer(patience);
  }

  #update(changes: Partial<SyncState>): void {
    const next = { ...this.state.value, ...changes };
    if (!sameJson(next, this.state.value)) this.state.value = next;
  }
}

function isBefore(a: Place, b: Place): boolean {
  return a.epoch < b.epoch || (a.epoch === b.epoch && a.seq < b.seq);
}
