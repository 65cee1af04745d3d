import type { PlacedLabel, Point } from "../engine/types";
import { center, turn } from "./transform";

/** The label whose area holds a point of the canvas. Of several the smallest, so that each can be reached. */
export function labelAt(labels: readonly PlacedLabel[], point: Point): PlacedLabel | undefined {
  const size = ({ rect }: PlacedLabel) => rect.width * rect.height;
  return labels.filter((label) => holds(label, point)).sort((a, b) => size(a) - size(b))[0];
}

function holds({ rect, rotation }: PlacedLabel, point: Point): boolean {
  const { x, y } = turn(point, center(rect), -rotation);
  return x >= rect.x && y >= rect.y && x <= rect.x + rect.width && y <= rect.y + rect.height;
}
