/** A shape in the scene: where it is on the canvas, what it looks like, and on which layer it is drawn. */

import type { Content } from "./contents";
import { type Bounds, type Matrix, placement, transformRect } from "./geometry";
import type { Picture } from "./picture";
import type { LabelName, Shape } from "./types";

/**
 * How far (canvas units) a shape's box reaches beyond the shape: room for usual lines. So the box is right before the
 * picture is there, and most pictures come in without touching the spatial index.
 */
export const SLACK = 4;

/**
 * It is its own matrix (local to canvas) and its own box in the spatial index, so that drawing and culling read
 * plain numbers of one object.
 */
export class SceneNode implements Matrix, Bounds {
  a = 1;
  b = 0;
  c = 0;
  d = 1;
  e = 0;
  f = 0;
  /** Everything drawn, on the canvas. */
  minX = 0;
  minY = 0;
  maxX = 0;
  maxY = 0;
  /** Place in the drawing order; higher is nearer. */
  rank = 0;
  /** Opacity with its parents' in it. */
  opacity = 1;
  /** What the shape should look like now. */
  content: Content | null = null;
  /** What is drawn: behind `content` while that is awaited. */
  picture: Picture | null = null;
  /** The size that `picture` was made for; the picture is stretched while the two differ. */
  pictureWidth = 0;
  pictureHeight = 0;
  /** Drawn on the layer of its own for what moves, and kept out of the spatial index. */
  dynamic = false;
  /** Whether it is in the spatial index now. */
  indexed = false;
  removed = false;
  /** The label whose text is left out while it is edited. */
  hiddenLabel: LabelName | null = null;
  /** The parent in force: null for a parent that is missing or would close a circle. */
  parent: SceneNode | null = null;
  children: SceneNode[] | null = null;

  constructor(public shape: Shape) {}

  get sx(): number {
    return this.pictureWidth > 0 ? this.shape.width / this.pictureWidth : 1;
  }

  get sy(): number {
    return this.pictureHeight > 0 ? this.shape.height / this.pictureHeight : 1;
  }

  /** Works out the matrix and the box from the shape, the parent and the picture. */
  place(): void {
    const { shape, parent } = this;
    const m = placement(shape.x, shape.y, shape.width, shape.height, shape.rotation);
    this.opacity = shape.opacity * (parent?.opacity ?? 1);
    if (parent === null) {
      this.a = m.a;
      this.b = m.b;
      this.c = m.c;
      this.d = m.d;
      this.e = m.e;
      this.f = m.f;
    } else {
      this.a = parent.a * m.a + parent.c * m.b;
      this.b = parent.b * m.a + parent.d * m.b;
      this.c = parent.a * m.c + parent.c * m.d;
      this.d = parent.b * m.c + parent.d * m.d;
      this.e = parent.a * m.e + parent.c * m.f + parent.e;
      this.f = parent.b * m.e + parent.d * m.f + parent.f;
    }
    Object.assign(this, this.drawnBounds());
  }

  /** The box on the canvas that holds everything drawn, and the shape itself, so that it can be hit. */
  drawnBounds(): Bounds {
    const { shape, picture } = this;
    let minX = -SLACK;
    let minY = -SLACK;
    let maxX = shape.width + SLACK;
    let maxY = shape.height + SLACK;
    if (picture !== null) {
      minX = Math.min(minX, picture.bounds.minX * this.sx);
      minY = Math.min(minY, picture.bounds.minY * this.sy);
      maxX = Math.max(maxX, picture.bounds.maxX * this.sx);
      maxY = Math.max(maxY, picture.bounds.maxY * this.sy);
    }
    return transformRect(this, minX, minY, maxX - minX, maxY - minY);
  }

  /** Whether the box is the one that was worked out last. */
  keepsBounds(): boolean {
    const { minX, minY, maxX, maxY } = this.drawnBounds();
    return minX === this.minX && minY === this.minY && maxX === this.maxX && maxY === this.maxY;
  }
}
