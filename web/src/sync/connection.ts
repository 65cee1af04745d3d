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
  /** There is none now; it is tried again. `away`: that has been in vain for a while. */
  lost(away: boolean): void;
  /** There will be none any more. */
  ended(problem: Problem): void;
}

/** A server that is silent for so long, while its answer is awaited, is taken for gone. */
const SILENCE_MS = 10_000;
/** After so many attempts in vain the status says Offline. */
const ATTEMPTS_UNTIL_OFFLINE = 4;

export class Connection {
  #socket: LiveSocket | null = null;
  #preparing = false;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

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
  }

  send(message: ClientMessage): void {
    this.#socket?.send(message);
  }

  /** All went well: the next loss is the first one. */
  settled(): void {
    this.#attempt = 0;
  }

  /** Something was heard; whether something more is awaited. */
  heard(awaiting: boolean): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
    if (awaiting) this.awaitAnswer();
  }

  /** From now on an answer is awaited, unless one is already. */
  awaitAnswer(): void {
    if (this.#socket) this.#silence ??= setTimeout(() => this.lose(), SILENCE_MS);
  }

  /** Gives the socket up and tries again later. */
  lose(): void {
    if (this.#ended) return;
    this.#disconnect();
    this.user.lost(this.options.isOffline?.() === true || this.#attempt >= ATTEMPTS_UNTIL_OFFLINE);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.connect(), backoffMs(this.#attempt++, this.options.random));
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
