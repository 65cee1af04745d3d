/** Connectors: which shapes name which, and where the named one is as seen from the one that names it. */

import { compose, invert, rotationOf, turnedBox } from "./geometry";
import type { SceneNode } from "./node";
import type { Geometry, Reference } from "./types";

/** Steps of referred coordinates: finer differences are the noise of moving both shapes together, not a change. */
const PRECISION = 1024;

const rounded = (value: number): number => Math.round(value * PRECISION) / PRECISION;

/** Where `node` is, in the local coordinates of `viewer`. */
export function geometryIn(viewer: SceneNode, node: SceneNode): Geometry {
  const matrix = compose(invert(viewer), node);
  const { width, height } = node.shape;
  const { rect } = turnedBox(matrix, { x: 0, y: 0, width, height });
  const anchors = node.picture?.list.anchors ?? [];
  return {
    box: { x: rounded(rect.x), y: rounded(rect.y), width, height },
    rotation: rounded(rotationOf(matrix)),
    anchors: anchors.map(({ name, at }) => ({
      name,
      at: {
        x: rounded(matrix.a * at.x * node.sx + matrix.c * at.y * node.sy + matrix.e),
        y: rounded(matrix.b * at.x * node.sx + matrix.d * at.y * node.sy + matrix.f),
      },
    })),
  };
}

/** Knows who refers to whom. */
export class References {
  private readonly referrers = new Map<string, Set<SceneNode>>();
  private readonly named = new Map<SceneNode, string[]>();

  /** Whether any shape refers to another at all. */
  get any(): boolean {
    return this.named.size > 0;
  }

  /** Notes whom a node names in these props, and gives back the references for its plugin. */
  update(node: SceneNode, props: readonly string[], nodes: ReadonlyMap<string, SceneNode>): Reference[] {
    if (props.length === 0 && !this.named.has(node)) return [];
    this.forget(node);
    const references: Reference[] = [];
    const ids: string[] = [];
    for (const prop of props) {
      const id = node.shape.props[prop];
      if (typeof id !== "string" || id === "") continue;
      const target = nodes.get(id);
      const geometry = target === undefined || target === node ? null : geometryIn(node, target);
      references.push({ prop, id, geometry });
      ids.push(id);
      this.link(id, node);
    }
    if (ids.length > 0) this.named.set(node, ids);
    return references;
  }

  forget(node: SceneNode): void {
    for (const id of this.named.get(node) ?? []) {
      const set = this.referrers.get(id);
      set?.delete(node);
      if (set?.size === 0) this.referrers.delete(id);
    }
    this.named.delete(node);
  }

  of(id: string): Iterable<SceneNode> {
    return this.referrers.get(id) ?? [];
  }

  private link(id: string, node: SceneNode): void {
    const set = this.referrers.get(id);
    if (set === undefined) this.referrers.set(id, new Set([node]));
    else set.add(node);
  }
}
