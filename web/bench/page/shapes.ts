/** A canvas to draw: shapes of four types, many looks, every fourth with a label of its own. */

import { rectPath } from "../../src/engine/paths";
import type {
  Color,
  DisplayItem,
  DisplayList,
  FlatPath,
  RenderAnswer,
  RenderRequest,
  RenderSource,
  Shape,
} from "../../src/engine/types";

/** A random generator with a seed (mulberry32): every run draws the same canvas. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const TYPES = ["bench/rectangle", "bench/ellipse", "bench/star", "bench/diamond"];
const COLORS = [
  0xffd43bff, 0x74c0fcff, 0xff8787ff, 0x8ce99aff, 0xd0bfffff, 0xffc078ff, 0x66d9e8ff, 0xdee2e6ff,
];
const CELL = 80;

/** Shapes in a square field, in rows. */
export function makeShapes(count: number): Shape[] {
  const random = seeded(7);
  const columns = Math.ceil(Math.sqrt(count));
  return Array.from({ length: count }, (_, i) => {
    const width = 40 + 8 * Math.floor(random() * 5);
    return {
      id: `s${i}`,
      type: TYPES[i % TYPES.length] as string,
      parent: null,
      index: `a${i.toString(36).padStart(6, "0")}`,
      x: (i % columns) * CELL + random() * 20,
      y: Math.floor(i / columns) * CELL + random() * 20,
      width,
      height: 40 + 8 * Math.floor(random() * 4),
      rotation: i % 5 === 0 ? random() * Math.PI : 0,
      opacity: 1,
      locked: false,
      props: {
        fill: COLORS[Math.floor(random() * COLORS.length)] as number,
        label: i % 4 === 0 ? `Shape ${i}` : "",
      },
      version: 1,
    };
  });
}

function polygon(points: [number, number][]): FlatPath {
  return Float64Array.from([...points.flatMap(([x, y], i) => [i === 0 ? 0 : 1, x, y]), 4]);
}

function ellipsePath(w: number, h: number): FlatPath {
  const [rx, ry, k] = [w / 2, h / 2, 0.5523];
  return Float64Array.from([
    ...[0, w, ry, 3, w, ry + k * ry, rx + k * rx, h, rx, h, 3, rx - k * rx, h, 0, ry + k * ry, 0, ry],
    ...[3, 0, ry - k * ry, rx - k * rx, 0, rx, 0, 3, rx + k * rx, 0, w, ry - k * ry, w, ry, 4],
  ]);
}

function starPath(w: number, h: number): FlatPath {
  const points = Array.from({ length: 10 }, (_, i): [number, number] => {
    const radius = i % 2 === 0 ? 1 : 0.45;
    const angle = (i * Math.PI) / 5 - Math.PI / 2;
    return [(w / 2) * (1 + radius * Math.cos(angle)), (h / 2) * (1 + radius * Math.sin(angle))];
  });
  return polygon(points);
}

/** The contour of a shape. */
export function contour(type: string, w: number, h: number): FlatPath {
  if (type === "bench/rectangle") return rectPath(0, 0, w, h, 8);
  if (type === "bench/ellipse") return ellipsePath(w, h);
  if (type === "bench/star") return starPath(w, h);
  return polygon([
    [w / 2, 0],
    [w, h / 2],
    [w / 2, h],
    [0, h / 2],
  ]);
}

/** What a plugin would answer for one of these shapes. */
export function displayList({
  type,
  width,
  height,
  props,
}: Pick<RenderRequest, "type" | "width" | "height" | "props">): DisplayList {
  const outline = contour(type, width, height);
  const stroke = { color: "ink" as Color, width: 2, dash: [], cap: "butt", join: "round" } as const;
  const items: DisplayItem[] = [{ kind: "path", data: outline, fill: props.fill as number, stroke }];
  if (props.label !== "") items.push(labelItem(String(props.label), width, height));
  return {
    bounds: { x: -1, y: -1, width: width + 2, height: height + 2 },
    items,
    outline,
    labels: [],
    anchors: [],
  };
}

function labelItem(content: string, width: number, height: number): DisplayItem {
  return {
    kind: "text",
    content,
    area: { x: 4, y: 4, width: width - 8, height: height - 8 },
    style: {
      font: "sans",
      size: 12,
      weight: 400,
      italic: false,
      align: "center",
      verticalAlign: "middle",
      lineHeight: 1.25,
      wrap: true,
      color: "ink",
    },
  };
}

/** Answers at once, as a worker that costs nothing would. */
export const instantSource: RenderSource = {
  references: () => [],
  render: (requests): Promise<RenderAnswer[]> =>
    Promise.resolve(requests.map((r) => ({ ok: displayList(r) }))),
  onChange: () => () => {},
};
