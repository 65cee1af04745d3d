/** Which shape lies in which: parents that are missing or go round in a circle count as none. */

import type { SceneNode } from "./node";

/**
 * The parent in force of a node. Every member of a circle counts as having none, so that the answer depends on the
 * shapes alone and not on the order in which they came.
 */
export function parentOf(node: SceneNode, nodes: ReadonlyMap<string, SceneNode>): SceneNode | null {
  const { parent } = node.shape;
  if (parent === null) return null;
  const first = nodes.get(parent) ?? null;
  const seen = new Set<SceneNode>();
  for (let at = first; at !== null && !seen.has(at); ) {
    if (at === node) return null;
    seen.add(at);
    at = at.shape.parent === null ? null : (nodes.get(at.shape.parent) ?? null);
  }
  return first;
}

/** Calls for a node and everything in it, parents first. */
export function forEachWithin(node: SceneNode, visit: (node: SceneNode) => void): void {
  visit(node);
  if (node.children !== null) for (const child of node.children) forEachWithin(child, visit);
}
