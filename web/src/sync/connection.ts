/**
 * The connection to a room: opens a socket, finds out that it is gone, and opens the next one, ever more slowly, until
 * the server says that it is of no use. What is said over it is not its business.
 */

import { backoffMs } from "./backoff";
import type { ClientMessage, Problem, ServerMessage } from "./protocol";
import { LoadError } from "./snapshot";
import type { LiveSocket, OpenSocket } from "./socket";

export interface ConnectionOptions {
  openSocket: OpenSocket;
  /** Asks over HTTP whether we may be here; rejects with a {@link LoadError}. */
  probe: () => Promise<unknown>;
  /** Whether the browser knows itself to be without a network. */
  isOffline?: () => boolean;
  random?: () => number;
}

export interface ConnectionUser {
  /** What has to be there before a socket is opened; rejects with a {@link LoadError}. */
  prepare(): Promise<void>;
  /** A socket is open and waits to be greeted. */
  opened(): void;
  received(message: ServerMessage): void;
  /** There is none now; it is tried again. */
  lost(): void;
  /** What that is to be called, each time that it may have changed. */
  away(how: Away): void;
  /** There will be none any more. */
  ended(problem: Problem): void;
}

/** `moving`: the server has asked for another connection, which is on its way; nothing of it need be seen. */
export type Away = "moving" | "reconnecting" | "offline";

/** A server that is silent for so long, while its answer is awaited, is taken for gone. */
export const SILENCE_MS = 10_000;
/** A move that takes longer is told. */
const MOVE_MS = 1_000;
/** So that the browsers of a host that is drained do not all come to the next one in the same instant. */
const MOVE_SPREAD_MS = 150;
/** A server that asks to move again sooner is given time. */
const MOVE_AGAIN_MS = 5_000;
/** After so many attempts in vain the status says Offline. */
const ATTEMPTS_UNTIL_OFFLINE = 4;

export class Connection {
  #socket: LiveSocket | null = null;
  #preparing = false;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #ended = false;
  /** All went well since the socket was opened. */
  #settled = false;
  /** Until it ends, a move is not told. */
  #move: ReturnType<typeof setTimeout> | undefined;
  #movedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly options: ConnectionOptions,
    private readonly user: ConnectionUser,
  ) {}

  /** The socket that there is now: who waits for something can see whether it is still the same. */
  get socket(): LiveSocket | null {
    return this.#socket;
  }

  async connect(): Promise<void> {
    clearTimeout(this.#retry);
    if (this.#ended || this.#socket || this.#preparing) return;
    this.#preparing = true;
    try {
      await this.user.prepare();
    } catch (error) {
      this.failed(error);
      return;
    } finally {
      this.#preparing = false;
    }
    if (this.#ended) return;
    let opened = false;
    const socket = this.options.openSocket({
      open: () => {
        opened = true;
        this.user.opened();
      },
      message: (message) => {
        if (socket === this.#socket) this.user.received(message);
      },
      closed: () => {
        if (socket !== this.#socket) return;
        if (opened) this.lose();
        else void this.#refusedAtDoor();
      },
    });
    this.#socket = socket;
    this.awaitAnswer();
  }

  send(message: ClientMessage): void {
    this.#socket?.send(message);
  }

  /** All went well: the next loss is the first one. */
  settled(): void {
    this.#attempt = 0;
    this.#settled = true;
    this.#endMove();
  }

  /** Something was heard; for how long (ms) the next may take, or null when nothing is awaited. */
  heard(patience: number | null): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
    if (patience !== null) this.awaitAnswer(patience);
  }

  /** From now on an answer is awaited, unless one is already. */
  awaitAnswer(patience = SILENCE_MS): void {
    if (this.#socket) this.#silence ??= setTimeout(() => this.lose(), patience);
  }

  /** Gives the socket up and tries again later. */
  lose(): void {
    this.#giveUp(() => backoffMs(this.#attempt++, this.options.random));
  }

  /** Gives the socket up because the server asks for it, and tries again at once: another host answers. */
  move(): void {
    if (this.#ended) return;
    // Where nothing went well before, there is nothing to go on with unseen.
    if (this.#settled) this.#move ??= setTimeout(() => this.#moveIsLate(), MOVE_MS);
    const { random = Math.random } = this.options;
    if (Date.now() < this.#movedAt + MOVE_AGAIN_MS) this.lose();
    else {
      this.#movedAt = Date.now();
      this.#giveUp(() => MOVE_SPREAD_MS * random());
    }
  }

  #moveIsLate(): void {
    this.#endMove();
    this.user.away(this.#away);
  }

  #endMove(): void {
    clearTimeout(this.#move);
    this.#move = undefined;
  }

  #giveUp(wait: () => number): void {
    if (this.#ended) return;
    this.#settled = false;
    if (this.options.isOffline?.()) this.#endMove();
    this.#disconnect();
    this.user.lost();
    this.user.away(this.#away);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.connect(), wait());
  }

  get #away(): Away {
    if (this.options.isOffline?.()) return "offline";
    if (this.#move !== undefined) return "moving";
    return this.#attempt >= ATTEMPTS_UNTIL_OFFLINE ? "offline" : "reconnecting";
  }

  /** Tries again after an error, or ends if the server will not have us. */
  failed(error: unknown): void {
    const problem = error instanceof LoadError ? error.problem : null;
    if (problem) this.end(problem);
    else this.lose();
  }

  end(problem: Problem): void {
    if (this.#ended) return;
    this.stop();
    this.user.ended(problem);
  }

  /** Ends it without a word. */
  stop(): void {
    this.#ended = true;
    clearTimeout(this.#retry);
    this.#endMove();
    this.#disconnect();
  }

  /** The browser's network came or went. */
  networkChanged(): void {
    if (this.options.isOffline?.()) this.lose();
    else void this.connect();
  }

  /** The socket did not open. Only HTTP can tell whether the server is away or will not have us. */
  async #refusedAtDoor(): Promise<void> {
    this.#disconnect();
    if (this.options.isOffline?.()) return this.lose();
    const error = await this.options.probe().catch((failure: unknown) => failure ?? new LoadError(null));
    // The network may have come back meanwhile, and a socket with it.
    if (this.#socket || this.#preparing) return;
    if (error instanceof LoadError) this.failed(error);
    else this.lose();
  }

  #disconnect(): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
    this.#socket?.close();
    this.#socket = null;
  }
}
