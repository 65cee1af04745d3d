/** What the benchmark asks of a drawing engine, ours or another. */

import type { Camera, Shape } from "../../src/engine/types";

export interface Subject {
  /** Shows these shapes; resolves when they are on screen. */
  load(shapes: Shape[]): Promise<void>;
  setCamera(camera: Camera): void;
  /** Starts moving these shapes. */
  grab(shapes: Shape[]): void;
  /** Puts the grabbed shapes at this distance from where they were. */
  drag(dx: number, dy: number): void;
  release(): void;
  destroy(): void;
}
