/** Connectors: which shapes name which, and where the named one is as seen from the one that names it. */

import { compose, invert, rotationOf, transformPoint, turnedBox } from "./geometry";
import type { SceneNode } from "./node";
import { transformPath } from "./paths";
import type { Geometry, Json, Reference } from "./types";

/** Steps of referred coordinates: finer differences are the noise of moving both shapes together, not a change. */
const PRECISION = 1024;

const rounded = (value: number): number => Math.round(value * PRECISION) / PRECISION;

/** Where `node` is, in the local coordinates of `viewer`. */
export function geometryIn(viewer: SceneNode, node: SceneNode): Geometry {
  const matrix = compose(invert(viewer), node);
  const { width, height } = node.shape;
  const { rect } = turnedBox(matrix, { x: 0, y: 0, width, height });
  const { outline = null, anchors = [] } = node.picture?.list ?? {};
  const turn = rotationOf(matrix);
  // The picture may be stretched until the one of the present size comes.
  const drawn = compose(matrix, { a: node.sx, b: 0, c: 0, d: node.sy, e: 0, f: 0 });
  return {
    box: { x: rounded(rect.x), y: rounded(rect.y), width, height },
    rotation: rounded(turn),
    outline: outline && transformPath(outline, drawn, rounded),
    anchors: anchors.map(({ name, at, direction }) => {
      const { x, y } = transformPoint(drawn, at.x, at.y);
      const turned = direction === null ? null : rounded(direction + turn);
      return { name, at: { x: rounded(x), y: rounded(y) }, direction: turned };
    }),
  };
}

/** The ids that a prop holds: one, several in a list, or none. */
function idsIn(value: Json | undefined): string[] {
  const values = Array.isArray(value) ? value : [value];
  return values.filter((id): id is string => typeof id === "string" && id !== "");
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
    const references = props.flatMap((prop) =>
      idsIn(node.shape.props[prop]).map((id): Reference => {
        const target = nodes.get(id);
        const geometry = target === undefined || target === node ? null : geometryIn(node, target);
        return { prop, id, geometry };
      }),
    );
    const ids = references.map(({ id }) => id);
    for (const id of ids) this.link(id, node);
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
