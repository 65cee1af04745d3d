/** Builders and fakes for the engine's own tests. */

import type { DrawingBackend, Surface, View } from "./backend";
import type { Bounds, Matrix } from "./geometry";
import { rectPath } from "./paths";
import { Picture } from "./picture";
import { Scene } from "./scene";
import type { DisplayList, RenderRequest, Shape } from "./types";

export function shape(id: string, fields: Partial<Shape> = {}): Shape {
  const base = { type: "test/box", parent: null, index: `a${id}`, x: 0, y: 0, width: 10, height: 10 };
  return { id, ...base, rotation: 0, opacity: 1, locked: false, props: {}, version: 1, ...fields };
}

/** A filled box with nothing else. */
export function boxList(width: number, height: number, fields: Partial<DisplayList> = {}): DisplayList {
  const data = rectPath(0, 0, width, height);
  return {
    bounds: { x: 0, y: 0, width, height },
    items: [{ kind: "path", data, fill: 0xff0000ff, stroke: null }],
    outline: null,
    labels: [],
    anchors: [],
    ...fields,
  };
}

/** Answers everything that a scene wants until it wants nothing more. */
export function answerAll(scene: Scene, draw: (request: RenderRequest) => DisplayList): number {
  let asked = 0;
  while (scene.contents.hasWanted) {
    const contents = scene.contents.takeWanted(1000);
    asked += contents.length;
    scene.answer(
      contents.map((content) => ({ content, picture: new Picture(draw(content.request)), problem: null })),
    );
  }
  return asked;
}

/** A scene of these shapes, each drawn as a filled box. */
export function sceneOf(...shapes: Shape[]): Scene {
  const scene = new Scene(() => []);
  scene.apply({ changed: shapes });
  answerAll(scene, ({ width, height }) => boxList(width, height));
  return scene;
}

/** A surface whose pixels hold the number of the picture drawn there last; 0 is the background. */
export class GridSurface implements Surface {
  width = 0;
  height = 0;
  visible = true;
  placed = { scale: 1, dx: 0, dy: 0 };
  pixels = new Int32Array(0);
  private view: View = { scale: 1, tx: 0, ty: 0 };
  private clip: Bounds = { minX: 0, minY: 0, maxX: 0, maxY: 0 };

  constructor(private readonly colors: Map<Picture, number>) {}

  resize(width: number, height: number): void {
    this.width = width;
    this.height = height;
    this.pixels = new Int32Array(width * height).fill(-1);
  }

  begin(region: Bounds, view: View): void {
    this.view = view;
    this.clip = region;
    this.fill(region, 0);
  }

  resume(view: View): void {
    this.view = view;
    this.clip = { minX: 0, minY: 0, maxX: this.width, maxY: this.height };
  }

  end(): void {}

  drawPicture(picture: Picture, { e, f }: Matrix): void {
    const { scale, tx, ty } = this.view;
    const { maxX, maxY } = picture.bounds;
    const bounds = { minX: e * scale + tx, minY: f * scale + ty, maxX: 0, maxY: 0 };
    bounds.maxX = bounds.minX + maxX * scale;
    bounds.maxY = bounds.minY + maxY * scale;
    this.fill(bounds, this.colors.get(picture) ?? 0);
  }

  drawSmall(picture: Picture, { minX, minY }: Bounds): void {
    this.drawPicture(picture, { a: 1, b: 0, c: 0, d: 1, e: minX, f: minY });
  }

  shift(dx: number, dy: number): void {
    const old = this.pixels;
    this.pixels = new Int32Array(old.length).fill(-1);
    for (let y = 0; y < this.height; y++) {
      for (let x = 0; x < this.width; x++) {
        const [fromX, fromY] = [x - dx, y - dy];
        if (fromX < 0 || fromY < 0 || fromX >= this.width || fromY >= this.height) continue;
        this.pixels[y * this.width + x] = old[fromY * this.width + fromX] as number;
      }
    }
  }

  place(transform: { scale: number; dx: number; dy: number } | null): void {
    this.placed = transform ?? { scale: 1, dx: 0, dy: 0 };
  }

  show(visible: boolean): void {
    this.visible = visible;
  }

  destroy(): void {}

  /** What a screen of this size shows of the layer, placed without scaling. */
  screen(width: number, height: number): number[] {
    const seen: number[] = [];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [px, py] = [x - this.placed.dx, y - this.placed.dy];
        const inside = px >= 0 && py >= 0 && px < this.width && py < this.height;
        seen.push(inside ? (this.pixels[py * this.width + px] as number) : -1);
      }
    }
    return seen;
  }

  private fill({ minX, minY, maxX, maxY }: Bounds, color: number): void {
    const { clip } = this;
    // A pixel counts as covered when its centre is.
    const [x0, x1] = [Math.max(clip.minX, Math.ceil(minX - 0.5)), Math.min(clip.maxX, Math.ceil(maxX - 0.5))];
    const [y0, y1] = [Math.max(clip.minY, Math.ceil(minY - 0.5)), Math.min(clip.maxY, Math.ceil(maxY - 0.5))];
    for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) this.pixels[y * this.width + x] = color;
  }
}

/** Makes grid surfaces, and gives each picture a number of its own. */
export class GridBackend implements DrawingBackend {
  readonly surfaces: GridSurface[] = [];
  readonly colors = new Map<Picture, number>();

  createSurface(): GridSurface {
    const surface = new GridSurface(this.colors);
    this.surfaces.push(surface);
    return surface;
  }

  setTheme(): void {}
}
