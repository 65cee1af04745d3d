/**
 * Keeps a project's document in step with its room: snapshot over HTTP, then the socket. `hello` names the place that is
 * known; `changes` or `resync` bring it up to date; ticks carry on from there. Own edits are shown at once, kept in the
 * outbox until they are durable, and sent again after every loss (DESIGN.md §4). When the connection goes, it comes
 * back on its own; the document can be edited meanwhile.
 */

import type { SharedDocument } from "../document/document";
import { splitOperations } from "../document/merge";
import { shapeFromWire } from "../document/shape";
import { Happening, Signal } from "../reactive/signal";
import { backoffMs } from "./backoff";
import type { OutboxClaim } from "./outbox-claim";
import { byClient, type OutboxStore } from "./outbox-store";
import { type OwnEdit, OwnEdits } from "./own-edits";
import { People } from "./people";
import { PresenceSender } from "./presence-sender";
import {
  type Changes,
  type Operation,
  type Place,
  PROTOCOL,
  type Problem,
  type Refused,
  type ServerMessage,
  type Tick,
  type Welcome,
} from "./protocol";
import { LoadError, type Snapshot } from "./snapshot";
import type { LiveSocket, OpenSocket } from "./socket";
import type { SyncState } from "./status";

export interface SyncOptions {
  user: string;
  project: string;
  document: SharedDocument;
  /** Rejects with a {@link LoadError}. */
  loadSnapshot: () => Promise<Snapshot>;
  /** Asks over HTTP whether we may be here; rejects with a {@link LoadError}. */
  probe: () => Promise<unknown>;
  openSocket: OpenSocket;
  outbox: OutboxStore;
  claim: OutboxClaim;
  /** Whether the browser knows itself to be without a network. */
  isOffline?: () => boolean;
  random?: () => number;
}

/** A server that is silent for so long, while edits wait for its answer, is taken for gone. */
const SILENCE_MS = 10_000;
/** After so many attempts in vain the status says Offline. */
const ATTEMPTS_UNTIL_OFFLINE = 4;

export class SyncClient {
  readonly state = new Signal<SyncState>({
    phase: "connecting",
    loaded: false,
    role: null,
    session: null,
    unsaved: 0,
    kept: true,
    problem: null,
  });
  readonly people = new People();
  readonly presence = new PresenceSender((presence) => this.#socket?.send({ presence }));
  /** An edit was refused and has been taken back. */
  readonly refused = new Happening<Refused>();
  /** The project's plugins have changed. */
  readonly pluginsChanged = new Happening<string>();

  readonly #edits: OwnEdits;
  #socket: LiveSocket | null = null;
  #place: Place | null = null;
  /** Everything up to here is durable in this epoch, as far as this browser has heard. */
  #durable = 0;
  /** A welcome whose changes have not come yet. */
  #catchingUp: Welcome | null = null;
  /** The clients of the last `hello`, which `welcome.numbers` answers. */
  #helloClients: string[] = [];
  /** `hello` is on its way: ticks until the answer are part of what the answer covers. */
  #greeting = false;
  #loading = false;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;
  /** Taking over the outboxes of closed tabs, one time after the other. */
  #adopting: Promise<void> = Promise.resolve();

  constructor(private readonly options: SyncOptions) {
    this.#edits = new OwnEdits(options.claim.own);
  }

  /** The place in the order that the confirmed document is at. */
  get place(): Place | null {
    return this.#place;
  }

  /** Loads the canvas and connects; goes on by itself from then on. */
  async start(): Promise<void> {
    // Side by side: what is taken over is laid over the canvas, whichever is there first.
    await Promise.all([this.#adopt(), this.#connect()]);
  }

  /** Ends it. Edits that are not durable stay in the outbox for the next tab. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#silence);
    this.presence.pause();
    this.#socket?.close();
    this.#socket = null;
    this.options.claim.release();
  }

  get mayEdit(): boolean {
    const { loaded, phase, role } = this.state.value;
    return loaded && phase !== "closed" && role !== "viewer";
  }

  /** Applies an edit at once and sends it when it can. Edits of one gesture may travel as one. */
  submit(operations: readonly Operation[], gesture: number | null = null): boolean {
    if (!this.mayEdit || operations.length === 0) return false;
    for (const part of splitOperations(operations)) {
      const { edit, merged } = this.#edits.submit(part, gesture);
      if (merged) this.options.document.replace({ ...edit });
      else this.options.document.add({ ...edit });
      this.#keep(edit);
    }
    this.#sendWaiting();
    return true;
  }

  /** The browser's network came or went. */
  networkChanged(): void {
    if (this.#stopped || this.state.value.phase === "closed") return;
    if (this.options.isOffline?.()) this.#lost();
    else if (!this.#socket) void this.#connect();
  }

  async #connect(): Promise<void> {
    clearTimeout(this.#retry);
    if (this.#socket || this.#loading) return;
    try {
      if (!this.#place) await this.#load();
    } catch (error) {
      this.#failed(error);
      return;
    }
    if (this.#stopped || this.#socket) return;
    let opened = false;
    this.#socket = this.options.openSocket({
      open: () => {
        opened = true;
        void this.#adopt().then(() => this.#hello());
      },
      message: (message) => this.#receive(message),
      closed: () => (opened ? this.#lost() : void this.#refusedAtDoor()),
    });
  }

  /** The socket did not open. Only HTTP can tell whether the server is away or will not have us. */
  async #refusedAtDoor(): Promise<void> {
    this.#socket = null;
    if (this.options.isOffline?.()) return this.#lost();
    try {
      await this.options.probe();
    } catch (error) {
      return this.#failed(error);
    }
    this.#lost();
  }

  #failed(error: unknown): void {
    if (this.#stopped) return;
    const problem = error instanceof LoadError ? error.problem : null;
    if (problem) this.#close(problem);
    else this.#lost();
  }

  /** The connection is gone: try again later. */
  #lost(): void {
    if (this.#stopped || this.state.value.phase === "closed") return;
    this.#disconnect();
    const away = this.options.isOffline?.() || this.#attempt >= ATTEMPTS_UNTIL_OFFLINE;
    this.#update({ phase: away ? "offline" : "reconnecting", session: null });
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#connect(), backoffMs(this.#attempt++, this.options.random));
  }

  #close(problem: Problem): void {
    this.#disconnect();
    this.#update({ phase: "closed", session: null, problem });
  }

  #disconnect(): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
    this.#socket?.close();
    this.#socket = null;
    this.#catchingUp = null;
    this.#greeting = false;
    this.#edits.disconnected();
    this.presence.pause();
    this.people.clear();
  }

  async #load(): Promise<void> {
    this.#loading = true;
    try {
      const { place, shapes } = await this.options.loadSnapshot();
      if (this.#stopped) return;
      if (this.#place && this.#place.epoch !== place.epoch) this.#edits.startedAnew();
      this.#place = place;
      // What the welcome says is in the order, the snapshot holds.
      if (this.#catchingUp) this.#cover(this.#catchingUp, place.seq);
      const pending = this.#edits.pending().map((edit) => ({ ...edit }));
      this.options.document.load(shapes.map(shapeFromWire), pending);
      this.#update({ loaded: true });
    } finally {
      this.#loading = false;
    }
  }

  #adopt(): Promise<void> {
    this.#adopting = this.#adopting.then(() => this.#takeOver());
    return this.#adopting;
  }

  async #takeOver(): Promise<void> {
    const found = await this.options.claim.adopt().catch(() => null);
    for (const { client, number, operations } of found ?? []) {
      const edit = this.#edits.adopt(client, number, operations);
      if (this.#place) this.options.document.add({ ...edit });
    }
    this.#update({ unsaved: this.#edits.count, kept: found !== null });
  }

  #hello(): void {
    const known = this.#place ?? undefined;
    this.#helloClients = this.#edits.clients();
    this.#greeting = true;
    this.#socket?.send({ hello: { protocol: PROTOCOL, known, clients: this.#helloClients } });
    this.#watchSilence();
  }

  #receive(message: ServerMessage): void {
    if ("welcome" in message) this.#welcome(message.welcome);
    else if ("changes" in message) this.#changes(message.changes);
    else if ("resync" in message) void this.#resync();
    else if ("tick" in message) this.#tick(message.tick);
    else if ("known" in message) {
      const { client, number, seq } = message.known;
      this.options.document.accept(client, number);
      this.#edits.accepted(client, number, seq);
      // It may have become durable before this browser heard that it was accepted.
      this.#forget(this.#durable);
    } else if ("refused" in message) this.#takeBack(message.refused);
    else if ("role" in message) this.#roleChanged(message.role.role);
    else if ("plugins" in message) this.pluginsChanged.tell(message.plugins.reason);
    else if ("closing" in message) {
      const { code, message: reason, reconnect } = message.closing;
      if (reconnect) this.#lost();
      else this.#close({ code, message: reason });
    }
    this.#sendWaiting();
    this.#watchSilence();
  }

  #welcome(welcome: Welcome): void {
    this.#greeting = false;
    this.#catchingUp = welcome;
    this.#update({ role: welcome.role, session: welcome.session });
    this.people.replace(welcome.sessions, welcome.session);
    if (this.#place?.epoch !== welcome.place.epoch) {
      this.#durable = 0;
      void this.#resync();
    } else if (this.#place.seq === welcome.place.seq) this.#caughtUp(welcome.place);
  }

  #changes({ place, shapes, deleted, durable, sessions }: Changes): void {
    if (this.#loading) return;
    this.options.document.applyChanges(shapes.map(shapeFromWire), deleted);
    const { session } = this.state.value;
    if (session) this.people.replace(sessions, session);
    this.#caughtUp(place);
    this.#forget(durable);
  }

  async #resync(): Promise<void> {
    if (this.#loading) return;
    const socket = this.#socket;
    try {
      await this.#load();
      if (socket && socket === this.#socket) this.#hello();
    } catch (error) {
      this.#failed(error);
    }
  }

  #caughtUp(place: Place): void {
    this.#place = place;
    const welcome = this.#catchingUp;
    if (!welcome) return;
    this.#catchingUp = null;
    this.#cover(welcome, place.seq);
    for (const [client, number] of this.#covered(welcome)) this.options.document.accept(client, number);
    this.#attempt = 0;
    this.#update({ phase: "online", problem: null });
    this.#forget(welcome.durable);
    this.presence.resume();
    this.#sendWaiting();
  }

  #cover(welcome: Welcome, seq: number): void {
    for (const [client, number] of this.#covered(welcome)) this.#edits.accepted(client, number, seq);
  }

  #covered(welcome: Welcome): [string, number][] {
    return this.#helloClients.map((client, place) => [client, welcome.numbers[place] ?? 0]);
  }

  #tick({ transactions = [], durable, presence = [], left = [] }: Tick): void {
    this.people.update(presence, left);
    if (this.#loading || this.#greeting) return;
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
      this.#lost();
      return;
    }
    this.options.document.applyOrdered(fresh);
    for (const { client, number, seq } of fresh) this.#edits.accepted(client, number, seq);
    this.#place = { epoch: place.epoch, seq: last.seq };
  }

  #takeBack(refused: Refused): void {
    const edit = this.#edits.refused(refused.client, refused.number);
    if (!edit) return;
    this.options.document.refuse(refused.client, refused.number);
    this.#discard([edit]);
    this.refused.tell(refused);
  }

  #roleChanged(role: SyncState["role"]): void {
    if (role) this.#update({ role });
    else this.#close({ code: "not-a-member", message: "You are no longer a member of this project." });
  }

  #forget(durable: number): void {
    this.#durable = Math.max(this.#durable, durable);
    this.#discard(this.#edits.durable(this.#durable));
  }

  #sendWaiting(): void {
    if (this.state.value.phase !== "online" || this.#catchingUp || !this.#socket) return;
    const socket = this.#socket;
    for (const { client, number, operations } of this.#edits.takeToSend()) {
      socket.send({ edit: { client, number, operations: [...operations] } });
    }
    if (!this.#silence) this.#watchSilence();
  }

  #watchSilence(): void {
    clearTimeout(this.#silence);
    const waiting =
      this.#socket !== null && (this.#greeting || this.#catchingUp !== null || this.#edits.inFlight);
    this.#silence = waiting ? setTimeout(() => this.#lost(), SILENCE_MS) : undefined;
  }

  #keep({ client, number, operations }: OwnEdit): void {
    const { user, project, outbox } = this.options;
    this.#update({ unsaved: this.#edits.count });
    outbox
      .put({ user, project, client, number, operations, written: Date.now() })
      .catch(() => this.#update({ kept: false }));
  }

  #discard(edits: readonly OwnEdit[]): void {
    if (edits.length === 0) return;
    const { user, project, outbox } = this.options;
    this.#update({ unsaved: this.#edits.count });
    for (const [client, ofClient] of byClient(edits)) {
      const numbers = ofClient.map((edit) => edit.number);
      outbox.remove(user, project, client, numbers).catch(() => this.#update({ kept: false }));
    }
  }

  #update(changes: Partial<SyncState>): void {
    this.state.value = { ...this.state.value, ...changes };
  }
}
