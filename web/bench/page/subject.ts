/** What the benchmark asks of a drawing engine, ours or another. */

import type { Camera, Shape } from "../../src/engine/types";

/** How far a shape moves of the whole distance: others do not move theirs together. */
export function part(i: number, by: "oneself" | "others"): number {
  return by === "oneself" ? 1 : ((i % 7) - 3) / 3;
}

export interface Subject {
  /** Shows these shapes; resolves when they are on screen. */
  load(shapes: Shape[]): Promise<void>;
  setCamera(camera: Camera): void;
  /** Starts moving these shapes: as one drags them oneself, or as changes that come from others. */
  grab(shapes: Shape[], by: "oneself" | "others"): void;
  /** Puts the grabbed shapes at this distance from where they were; those moved by others at different ones. */
  drag(dx: number, dy: number): void;
  release(): void;
  destroy(): void;
}
