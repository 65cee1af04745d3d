/** A canvas as a whole, as it comes over HTTP. */

import type { Place, Problem, Shape } from "./protocol";

export interface Snapshot {
  place: Place;
  shapes: Shape[];
}

/** The server cannot be reached, or (with a problem) will not have us. */
export class LoadError extends Error {
  constructor(readonly problem: Problem | null) {
    super(problem?.message ?? "the server cannot be reached");
  }
}
