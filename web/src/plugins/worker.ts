/** The worker in which shape plugins run: away from the page, so that one that hangs can be ended without it. */

import { Guest } from "./guest";
import type { WorkerMessage, WorkRequest } from "./protocol";
import { shapeInputs, Work } from "./work";

const guests = new Map<string, Guest>();

function post(message: WorkerMessage, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer });
}

function guestFor({ plugin }: WorkRequest): Guest {
  let guest = guests.get(plugin.digest);
  if (guest === undefined) {
    guest = new Guest(plugin, (level, message) => post({ kind: "log", plugin: plugin.name, level, message }));
    guests.set(plugin.digest, guest);
  }
  return guest;
}

async function serve(request: WorkRequest): Promise<void> {
  const { job } = request;
  const guest = guestFor(request);
  try {
    if (!guest.ready) post({ kind: "loading", job });
    await guest.instance();
    const work = new Work(guest, request.kind);
    const answers = await work.run(shapeInputs(request.shapes), request.chunk, (done) =>
      post({ kind: "progress", job, done }),
    );
    post({ kind: "done", job, answers, faults: work.faults }, [answers.numbers.buffer]);
  } catch (error) {
    guests.delete(request.plugin.digest);
    post({ kind: "unusable", job, reason: error instanceof Error ? error.message : String(error) });
  }
}

// One after the other, so that the watchdog's time is one request's alone.
let line = Promise.resolve();
self.onmessage = ({ data }: MessageEvent<WorkRequest>) => {
  line = line.then(() => serve(data));
};
