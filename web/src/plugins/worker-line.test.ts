import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { WorkerMessage, WorkRequest } from "./protocol";
import { WorkerLine, type WorkerPort } from "./worker-line";

/** A worker that says what the test has it say. */
class SilentWorker implements WorkerPort {
  onmessage: WorkerPort["onmessage"] = null;
  onerror: WorkerPort["onerror"] = null;
  readonly jobs: number[] = [];
  readonly ids: string[] = [];

  postMessage({ job, shapes }: WorkRequest): void {
    this.jobs.push(job);
    this.ids.push(...shapes.types);
  }

  terminate(): void {}

  say(message: WorkerMessage): void {
    this.onmessage?.({ data: message } as MessageEvent<WorkerMessage>);
  }

  done(place: number): void {
    const answers = { numbers: new Float64Array(), strings: [] };
    this.say({ kind: "done", job: this.jobs[place] ?? 0, answers, faults: [] });
  }
}

const work = (id: string): Omit<WorkRequest, "job"> => ({
  kind: "render",
  plugin: { name: "one", digest: "d", entry: "/one.js" },
  shapes: { types: [id], sizes: new Float64Array(2), props: ["{}"], references: [] },
  chunk: 64,
});

function setUp() {
  const workers: SilentWorker[] = [];
  const start = () => {
    const worker = new SilentWorker();
    workers.push(worker);
    return worker;
  };
  const line = new WorkerLine(start, () => {}, { call: 1000, loading: 5000, grace: 100 });
  const outcomes: string[] = [];
  const run = (id: string) => line.run(work(id)).then(({ kind }) => outcomes.push(`${id} ${kind}`));
  return { line, workers, outcomes, run, worker: (place: number) => workers[place] as SilentWorker };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("the line to the worker", () => {
  test("has one piece of work in hand and one ahead, and no more", async () => {
    const { run, worker, outcomes } = setUp();
    for (const id of ["a", "b", "c", "d"]) void run(id);
    expect(worker(0).ids).toEqual(["a", "b"]);
    worker(0).done(0);
    expect(worker(0).ids).toEqual(["a", "b", "c"]);
    worker(0).done(1);
    worker(0).done(2);
    worker(0).done(3);
    await vi.advanceTimersByTimeAsync(0);
    expect(outcomes).toEqual(["a done", "b done", "c done", "d done"]);
  });

  test("P1: what waits behind work that hangs is not blamed, and goes to the next worker", async () => {
    const { run, worker, workers, outcomes } = setUp();
    for (const id of ["hangs", "b", "c"]) void run(id);
    await vi.advanceTimersByTimeAsync(1_100);
    expect(outcomes).toEqual(["hangs hung"]);
    expect(workers).toHaveLength(2);
    expect(worker(1).ids).toEqual(["b", "c"]);
    worker(1).done(0);
    await vi.advanceTimersByTimeAsync(900);
    worker(1).say({ kind: "progress", job: worker(1).jobs[1] ?? 0, done: 0 });
    await vi.advanceTimersByTimeAsync(900);
    worker(1).done(1);
    await vi.advanceTimersByTimeAsync(0);
    expect(outcomes).toEqual(["hangs hung", "b done", "c done"]);
  });

  test("P1: work that was sent ahead is watched once it is its turn", async () => {
    const { run, worker, outcomes } = setUp();
    for (const id of ["a", "hangs"]) void run(id);
    worker(0).done(0);
    await vi.advanceTimersByTimeAsync(1_100);
    expect(outcomes).toEqual(["a done", "hangs hung"]);
  });

  test("ends what was sent ahead with the rest", async () => {
    const { line, run, outcomes } = setUp();
    for (const id of ["a", "b", "c"]) void run(id);
    line.stop();
    await vi.advanceTimersByTimeAsync(0);
    expect(outcomes.sort()).toEqual(["a stopped", "b stopped", "c stopped"]);
  });
});
