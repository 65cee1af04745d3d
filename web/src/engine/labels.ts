/** The texts of a shape that people edit: where they are on the canvas, and which items draw them. */

import { turnedBox } from "./geometry";
import type { SceneNode } from "./node";
import type { DisplayItem, DisplayList, LabelArea, PlacedLabel, Rect } from "./types";

/** A node's labels, on the canvas. */
export function placedLabels(node: SceneNode): PlacedLabel[] {
  const { sx, sy, pictureWidth, pictureHeight } = node;
  return (node.picture?.list.labels ?? []).map(({ prop, area, style, fit }) => {
    const { x, y, width, height } = area;
    const box = turnedBox(node, { x: x * sx, y: y * sy, width: width * sx, height: height * sy });
    const margin = { width: pictureWidth - width, height: pictureHeight - height };
    return { ...box, prop, style, fit, margin };
  });
}

/**
 * The items that draw a label's text; prop null: the first label's. A display list does not say which they are, so each
 * text counts as that of the label whose area it covers most of.
 */
export function textsOf({ items, labels }: DisplayList, prop: string | null): ReadonlySet<DisplayItem> {
  const label = prop === null ? labels[0] : labels.find((other) => other.prop === prop);
  const texts = items.filter((item) => item.kind === "text" && labelOf(item.area, labels) === label);
  return new Set(label === undefined ? [] : texts);
}

function labelOf(text: Rect, labels: readonly LabelArea[]): LabelArea | undefined {
  let [most, found]: [number, LabelArea | undefined] = [0, undefined];
  for (const label of labels) {
    const shared = sharedPart(text, label.area);
    if (shared > most) [most, found] = [shared, label];
  }
  return found;
}

/** How much of what either covers both do, from 0 to 1. */
function sharedPart(a: Rect, b: Rect): number {
  if (a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height) return 1;
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (a.width * a.height + b.width * b.height - shared);
}
