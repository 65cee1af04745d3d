/**
 * The line to the plugin worker: one piece of work at a time, watched, and the next one sent ahead, so that the worker
 * does not wait until the page has read the answer. A worker that is silent for too long is ended
 * and a new one started: WebAssembly in a browser has no deadline of its own.
 */

import type { Encoded, WorkerMessage, WorkRequest } from "./protocol";

/** The part of a `Worker` that is used; tests have one of their own. */
export interface WorkerPort {
  onmessage: ((event: MessageEvent<WorkerMessage>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  postMessage(message: WorkRequest, transfer: Transferable[]): void;
  terminate(): void;
}

/** How a piece of work ended. */
export type Outcome =
  | { kind: "done"; answers: Encoded; faults: string[] }
  /** No answer in time; `done` shapes were finished before the call that hangs. */
  | { kind: "hung"; done: number }
  /** The plugin cannot be used at all. */
  | { kind: "unusable"; reason: string }
  /** The page does not want it any more. */
  | { kind: "stopped" };

export interface Patience {
  /** How long one call of a plugin may take (ms). */
  call: number;
  /** How long fetching and compiling a plugin may take (ms). */
  loading: number;
  /** Given on top before a worker is ended (ms): a page that was busy itself reads its messages first. */
  grace: number;
}

export const PATIENCE: Patience = { call: 2000, loading: 30_000, grace: 200 };

interface Waiting {
  work: Omit<WorkRequest, "job">;
  resolve: (outcome: Outcome) => void;
}

interface Sent extends Waiting {
  job: number;
}

interface Current extends Sent {
  done: number;
  timer: ReturnType<typeof setTimeout>;
}

type Log = (message: Extract<WorkerMessage, { kind: "log" }>) => void;

export class WorkerLine {
  private worker: WorkerPort | null = null;
  private readonly queue: Waiting[] = [];
  private current: Current | null = null;
  /** What the worker begins with when it has done the current one. */
  private ahead: Sent | null = null;
  private jobs = 0;
  private stopped = false;

  constructor(
    private readonly start: () => WorkerPort,
    private readonly log: Log,
    private readonly patience: Patience = PATIENCE,
  ) {}

  /** Has the work done after what was asked for before. Never rejects. */
  run(work: Omit<WorkRequest, "job">): Promise<Outcome> {
    if (this.stopped) return Promise.resolve({ kind: "stopped" });
    return new Promise((resolve) => {
      this.queue.push({ work, resolve });
      this.next();
    });
  }

  stop(): void {
    this.stopped = true;
    this.endWorker();
    this.finish({ kind: "stopped" });
    for (const { resolve } of this.queue.splice(0)) resolve({ kind: "stopped" });
  }

  private next(): void {
    if (this.stopped) return;
    if (this.current === null) {
      const sent = this.ahead ?? this.send();
      this.ahead = null;
      if (sent === null) return;
      // The worker may have begun before: the page is late then, and patient for as much longer.
      this.current = { ...sent, done: 0, timer: this.timer(this.patience.call) };
    }
    this.ahead ??= this.send();
  }

  private send(): Sent | null {
    const waiting = this.queue.shift();
    if (waiting === undefined) return null;
    const job = ++this.jobs;
    this.worker ??= this.newWorker();
    this.worker.postMessage({ ...waiting.work, job }, []);
    return { ...waiting, job };
  }

  private newWorker(): WorkerPort {
    const worker = this.start();
    worker.onmessage = ({ data }) => this.receive(data);
    worker.onerror = (event) => {
      event.preventDefault?.();
      this.endWorker();
      this.finish({
        kind: "unusable",
        reason: `The plugin worker failed: ${event.message ?? "no reason given"}`,
      });
    };
    return worker;
  }

  private receive(message: WorkerMessage): void {
    if (message.kind === "log") {
      this.log(message);
      return;
    }
    const { current } = this;
    if (current === null || message.job !== current.job) return;
    if (message.kind === "done")
      this.finish({ kind: "done", answers: message.answers, faults: message.faults });
    else if (message.kind === "unusable") this.finish({ kind: "unusable", reason: message.reason });
    else {
      if (message.kind === "progress") current.done = message.done;
      clearTimeout(current.timer);
      current.timer = this.timer(message.kind === "loading" ? this.patience.loading : this.patience.call);
    }
  }

  private timer(milliseconds: number): ReturnType<typeof setTimeout> {
    return setTimeout(() => {
      if (this.current === null) return;
      this.current.timer = setTimeout(() => this.giveUp(), this.patience.grace);
    }, milliseconds);
  }

  private giveUp(): void {
    this.endWorker();
    this.finish({ kind: "hung", done: this.current?.done ?? 0 });
  }

  private endWorker(): void {
    if (this.worker === null) return;
    this.worker.onmessage = null;
    this.worker.onerror = null;
    this.worker.terminate();
    this.worker = null;
    // What was sent ahead goes to the next worker.
    if (this.ahead !== null) this.queue.unshift(this.ahead);
    this.ahead = null;
  }

  private finish(outcome: Outcome): void {
    const { current } = this;
    if (current === null) return;
    clearTimeout(current.timer);
    this.current = null;
    current.resolve(outcome);
    this.next();
  }
}
