/** What stands for a shape that cannot be drawn (S2, P3): a dashed box with the reason in it. */

import { rectPath } from "./paths";
import type { DisplayItem, DisplayList } from "./types";

/** Boxes smaller than this have no room for words. */
const MIN_WORDS_WIDTH = 48;
const MIN_WORDS_HEIGHT = 20;

export function placeholder(width: number, height: number, message: string): DisplayList {
  const frame = rectPath(0, 0, width, height, 4);
  const items: DisplayItem[] = [
    {
      kind: "path",
      data: frame,
      fill: null,
      stroke: { color: "muted", width: 1.5, dash: [6, 4], cap: "butt", join: "round" },
    },
  ];
  if (width >= MIN_WORDS_WIDTH && height >= MIN_WORDS_HEIGHT) items.push(words(width, height, message));
  return {
    bounds: { x: -1, y: -1, width: width + 2, height: height + 2 },
    items,
    outline: frame,
    labels: [],
    anchors: [],
  };
}

function words(width: number, height: number, message: string): DisplayItem {
  return {
    kind: "text",
    content: message,
    area: { x: 6, y: 4, width: width - 12, height: height - 8 },
    style: {
      font: "sans",
      size: 12,
      weight: 400,
      italic: false,
      align: "center",
      verticalAlign: "middle",
      lineHeight: 1.3,
      wrap: true,
      color: "muted",
    },
  };
}
