/** What the page and the plugin worker say to each other. Plain data, cheap to copy; big lists are transferred. */

import type { Geometry } from "../engine/types";

/** Which plugin, and where its module is. */
export interface PluginEntry {
  name: string;
  digest: string;
  entry: string;
}

/** Shapes to be worked on, column by column: copying a few arrays is cheaper than copying thousands of objects. */
export interface ShapeColumns {
  /** Without the plugin's name. */
  types: string[];
  /** Width and height by turns. */
  sizes: Float64Array;
  /** JSON texts. */
  props: string[];
  /** References of those shapes that have any, by the shape's place. */
  references: [place: number, references: { prop: string; id: string; geometry: Geometry | null }[]][];
}

export type WorkKind = "render" | "validate";

/** One piece of work, all for one plugin. */
export interface WorkRequest {
  kind: WorkKind;
  job: number;
  plugin: PluginEntry;
  shapes: ShapeColumns;
  /** Shapes in one call of the plugin: the worker tells before each call, so that one that hangs can be found. */
  chunk: number;
}

/** Answers as numbers and strings (`codec.ts` tells how). */
export interface Encoded {
  numbers: Float64Array;
  strings: string[];
}

export type WorkerMessage =
  /** The plugin is being fetched and compiled: that may take longer than a call. */
  | { kind: "loading"; job: number }
  /** So many shapes are done, and the next call begins. */
  | { kind: "progress"; job: number; done: number }
  /** All shapes are answered. `faults` are what the plugin broke on the way (traps, malformed answers). */
  | { kind: "done"; job: number; answers: Encoded; faults: string[] }
  /** The plugin could not be loaded. */
  | { kind: "unusable"; job: number; reason: string }
  | { kind: "log"; plugin: string; level: "error" | "warn" | "info" | "debug"; message: string };
