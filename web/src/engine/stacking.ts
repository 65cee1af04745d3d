/**
 * The drawing order: siblings by (index, id), children above their parent and below its next sibling.
 * Lists stay sorted as shapes come and go; ranks are counted anew only when somebody asks after a change.
 */

import type { SceneNode } from "./node";

/** Order keys are ASCII, for which comparing strings is comparing bytes. */
function before(a: SceneNode, b: SceneNode): boolean {
  if (a.shape.index !== b.shape.index) return a.shape.index < b.shape.index;
  return a.shape.id < b.shape.id;
}

/** The first place in a sorted list whose node does not come before this one. */
function placeOf(list: readonly SceneNode[], node: SceneNode): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (before(list[middle] as SceneNode, node)) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class Stacking {
  private readonly roots: SceneNode[] = [];
  private ranked: SceneNode[] = [];
  private stale = false;
  /** Lists that got many nodes at once and are sorted when they are next needed. */
  private readonly unsorted = new Set<SceneNode[]>();
  private bulk = false;

  /** Between `beginBulk` and `endBulk` nodes are only collected: sorting once is cheaper than placing each. */
  beginBulk(): void {
    this.bulk = true;
  }

  endBulk(): void {
    this.bulk = false;
    for (const list of this.unsorted) list.sort((a, b) => (before(a, b) ? -1 : 1));
    this.unsorted.clear();
  }

  add(node: SceneNode): void {
    const list = this.siblings(node);
    if (this.bulk) {
      list.push(node);
      this.unsorted.add(list);
    } else list.splice(placeOf(list, node), 0, node);
    this.stale = true;
  }

  /** Call it before the node's index, id or parent changes. */
  remove(node: SceneNode): void {
    const list = this.siblings(node);
    const guess = this.unsorted.has(list) ? -1 : placeOf(list, node);
    const place = list[guess] === node ? guess : list.indexOf(node);
    if (place >= 0) list.splice(place, 1);
    this.stale = true;
  }

  /** All nodes back to front; each node's `rank` is its place in it. */
  order(): readonly SceneNode[] {
    if (this.stale) {
      this.ranked = [];
      this.count(this.roots);
      this.stale = false;
    }
    return this.ranked;
  }

  private count(nodes: readonly SceneNode[]): void {
    for (const node of nodes) {
      node.rank = this.ranked.length;
      this.ranked.push(node);
      if (node.children !== null) this.count(node.children);
    }
  }

  private siblings(node: SceneNode): SceneNode[] {
    if (node.parent === null) return this.roots;
    node.parent.children ??= [];
    return node.parent.children;
  }
}
