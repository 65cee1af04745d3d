import { describe, expect, test } from "vitest";
import { placedLabels, textsOf } from "./labels";
import { boxList, sceneOf, shape } from "./testing";
import type { LabelArea, Rect, TextItem, TextStyle } from "./types";

const style: TextStyle = {
  font: "sans",
  size: 10,
  weight: 400,
  italic: false,
  align: "left",
  verticalAlign: "top",
  lineHeight: 1.2,
  wrap: true,
  color: "ink",
};
const rect = (x: number, y: number, width: number, height: number): Rect => ({ x, y, width, height });
const label = (prop: string, area: Rect): LabelArea => ({ prop, area, style, fit: "none" });
const text = (content: string, area: Rect): TextItem => ({ kind: "text", content, area, style });

describe("the text of a label", () => {
  const title = text("Title", rect(0, 0, 100, 20));
  const body = text("Body", rect(4, 24, 92, 60));
  const badge = text("7", rect(200, 0, 10, 10));
  const labels = [label("title", rect(0, 0, 100, 20)), label("body", rect(0, 20, 100, 80))];
  const list = boxList(100, 100, { items: [title, body, badge], labels });

  test("is what is drawn in its area, and no other label's", () => {
    expect([...textsOf(list, "title")]).toEqual([title]);
    expect([...textsOf(list, "body")]).toEqual([body]);
    expect([...textsOf(list, null)]).toEqual([title]);
    expect([...textsOf(list, "gone")]).toEqual([]);
  });

  test("is found where the box of a line has no height", () => {
    const flat = rect(0, 5, 100, 0);
    const line = boxList(100, 0, { items: [text("a", flat)], labels: [label("text", flat)] });
    expect([...textsOf(line, "text")]).toEqual(line.items);
  });
});

test("labels are placed on the canvas, turned and stretched with their shape", () => {
  const scene = sceneOf(shape("1", { x: 100, width: 10, height: 10 }));
  const node = scene.nodes.get("1");
  if (!node?.picture) throw new Error("no picture");
  node.picture.list.labels.push(label("text", rect(2, 2, 6, 4)));
  scene.apply({ changed: [shape("1", { x: 100, width: 20, height: 10, rotation: Math.PI })] });
  const [placed] = placedLabels(node);
  expect(placed?.rect).toMatchObject({ width: 12, height: 4 });
  expect(placed?.rect.x).toBeCloseTo(104);
  expect(placed?.rect.y).toBeCloseTo(4);
  expect(placed?.margin).toEqual({ width: 4, height: 6 });
});
