/** Which nodes are where. An R-tree of what rests; what moves is kept in a list, since moving it in a tree costs most. */

import RBush from "rbush";
import { areaOf, type Bounds, containsBounds, intersects, union } from "./geometry";
import type { SceneNode } from "./node";

/** A tree that lost or gained more than this share of its nodes at once is cheaper built anew. */
const REBUILD_SHARE = 0.06;

export class SpatialIndex {
  private tree = new RBush<SceneNode>();
  private readonly moving = new Set<SceneNode>();
  private readonly added = new Set<SceneNode>();
  private count = 0;
  private stale = false;

  /** Puts a node in. Call `remove` before its box changes. */
  add(node: SceneNode): void {
    node.indexed = true;
    this.count++;
    if (node.dynamic) this.moving.add(node);
    else this.added.add(node);
  }

  remove(node: SceneNode): void {
    if (!node.indexed) return;
    node.indexed = false;
    this.count--;
    if (this.moving.delete(node) || this.added.delete(node) || this.stale) return;
    this.tree.remove(node);
  }

  /** Tells that about this many nodes will be taken out and put back: many make a rebuild, which makes `remove` free. */
  expect(changes: number): void {
    if (changes > 64 && changes > this.count * REBUILD_SHARE && !this.stale) {
      for (const node of this.tree.all()) this.added.add(node);
      this.tree.clear();
      this.stale = true;
    }
  }

  /** Every node whose box meets this one, in no order. */
  search(bounds: Bounds): SceneNode[] {
    this.settle();
    const found = this.tree.search(bounds);
    for (const node of this.moving) if (intersects(node, bounds)) found.push(node);
    return found;
  }

  /** Every resting node whose box meets this one, in no order. */
  searchResting(bounds: Bounds): SceneNode[] {
    this.settle();
    return this.tree.search(bounds);
  }

  /** The box around the resting nodes; null when there are none. */
  restingBounds(): Bounds | null {
    this.settle();
    const { minX, minY, maxX, maxY } = this.tree.toJSON() as Bounds;
    return minX > maxX ? null : { minX, minY, maxX, maxY };
  }

  /** The box around all nodes; null when there are none. */
  allBounds(): Bounds | null {
    let bounds = this.restingBounds();
    for (const node of this.moving) bounds = bounds === null ? node : union(bounds, node);
    return bounds === null
      ? null
      : { minX: bounds.minX, minY: bounds.minY, maxX: bounds.maxX, maxY: bounds.maxY };
  }

  /** Whether going through all nodes in order beats asking the tree and sorting: when most of them are in sight. */
  mostlyWithin(bounds: Bounds): boolean {
    const all = this.restingBounds();
    if (all === null || containsBounds(bounds, all)) return true;
    const shared = {
      minX: Math.max(all.minX, bounds.minX),
      minY: Math.max(all.minY, bounds.minY),
      maxX: Math.min(all.maxX, bounds.maxX),
      maxY: Math.min(all.maxY, bounds.maxY),
    };
    return areaOf(shared) > 0.25 * areaOf(all);
  }

  private settle(): void {
    if (this.added.size === 0) return;
    if (this.stale || this.added.size > 64) this.tree.load([...this.added]);
    else for (const node of this.added) this.tree.insert(node);
    this.added.clear();
    this.stale = false;
  }
}
