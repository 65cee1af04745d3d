import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Detail } from "./backend";
import { fitted, zoomedAt } from "./camera";
import { DrawingCost } from "./drawing-cost";
import { gridStep } from "./grid";
import { levelOfDetail, Painter } from "./painter";
import { Picture } from "./picture";
import { GridSurface, sceneOf, shape } from "./testing";
import { breakLines, layoutText, roughTextBox } from "./text";
import type { DisplayItem, TextStyle } from "./types";

const style: TextStyle = {
  font: "mono",
  size: 10,
  weight: 400,
  italic: false,
  align: "center",
  verticalAlign: "middle",
  lineHeight: 1.2,
  wrap: true,
  color: "ink",
};

describe("level of detail", () => {
  test.each([
    [3.9, "box"],
    [4, "fills"],
    [9.9, "fills"],
    [10, "full"],
  ] as const)("a shape of %d pixels is drawn as %s", (pixels, level) => {
    expect(levelOfDetail(pixels)).toBe(level);
  });

  test("shapes without fill keep their lines, and hidden text is left out", () => {
    const scene = sceneOf(shape("1", { width: 6, height: 6 }));
    const node = scene.nodes.get("1");
    const details: Detail[] = [];
    class Recorder extends GridSurface {
      override drawPicture(...args: Parameters<GridSurface["drawPicture"]>): void {
        details.push({ ...(args as unknown as [0, 0, 0, 0, 0, Detail])[5] });
      }
    }
    if (node == null || node.picture === null) throw new Error("no picture");
    const painter = new Painter();
    const recorder = new Recorder(new Map());
    painter.paint(recorder, [node], 0, 1, 1);
    const stroke = { color: "ink", width: 1, dash: [], cap: "butt", join: "miter" } as const;
    const data = Float64Array.of(0, 0, 0, 1, 6, 6);
    const area = { x: 0, y: 0, width: 6, height: 6 };
    const text = { kind: "text", content: "a", area, style } as const;
    const items: DisplayItem[] = [{ kind: "path", data, fill: null, stroke }, text];
    const labels = [{ prop: "text", area, style, fit: "none" } as const];
    node.picture = new Picture({ ...node.picture.list, items, labels });
    painter.paint(recorder, [node], 0, 1, 1);
    node.hiddenLabel = { id: "1", prop: null };
    painter.paint(recorder, [node], 0, 1, 2);
    expect(details).toEqual([
      { strokes: false, minTextSize: 6, hidden: new Set() },
      { strokes: true, minTextSize: 6, hidden: new Set() },
      { strokes: true, minTextSize: 3, hidden: new Set([text]) },
    ]);
  });

  test("the grid's dots stay between 18 and 36 pixels apart at every zoom", () => {
    for (let zoom = 0.02; zoom < 16; zoom *= 1.07) {
      expect(gridStep(zoom) * zoom).toBeGreaterThanOrEqual(18 - 1e-9);
      expect(gridStep(zoom) * zoom).toBeLessThanOrEqual(36 + 1e-9);
    }
  });

  test("one slow frame does not change what is believed of drawing, many do", () => {
    const cost = new DrawingCost();
    const before = cost.of(1000);
    cost.learn(1000, 500);
    expect(cost.of(1000)).toBeLessThan(4 * before);
    for (let i = 0; i < 20; i++) cost.learn(1000, 11);
    expect(cost.of(1000)).toBeCloseTo(10, 0);
  });
});

describe("cameras", () => {
  test("zooming keeps the canvas point under the pointer", () => {
    const before = { x: 10, y: 20, zoom: 0.7 };
    const after = zoomedAt(before, { x: 300, y: 200 }, 1.8);
    expect(300 / after.zoom + after.x).toBeCloseTo(300 / before.zoom + before.x);
    expect(200 / after.zoom + after.y).toBeCloseTo(200 / before.zoom + before.y);
  });

  test("fitting centres, with room around, and does not enlarge", () => {
    const camera = fitted({ x: 0, y: 0, width: 100, height: 50 }, { width: 800, height: 600 }, 20, 1);
    expect(camera).toEqual({ x: -350, y: -275, zoom: 1 });
    expect(fitted({ x: 0, y: 0, width: 1520, height: 10 }, { width: 800, height: 600 }, 20, 1).zoom).toBe(
      0.5,
    );
  });
});

describe("text", () => {
  /** Every character is 10 wide. */
  const measure = (text: string): number => 10 * Array.from(text).length;

  test("is broken at spaces, at line feeds, and inside words that are longer than a line", () => {
    expect(breakLines("one two three", 70, style, measure)).toEqual(["one two", "three"]);
    expect(breakLines("a\n\nb", 70, style, measure)).toEqual(["a", "", "b"]);
    expect(breakLines("extraordinary me", 50, style, measure)).toEqual(["extra", "ordin", "ary", "me"]);
    expect(breakLines("wide enough", 500, { ...style, wrap: false }, measure)).toEqual(["wide enough"]);
  });

  test("never breaks a character in two, and ends on boxes narrower than one", () => {
    expect(breakLines("😀😀", 10, style, measure)).toEqual(["😀", "😀"]);
    expect(breakLines("ab", 3, style, measure)).toEqual(["a", "b"]);
  });

  test("never leaves the box that is guessed for it without measuring", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "m", "漢", "."), maxLength: 12 });
    const content = fc.array(word, { maxLength: 12 }).map((words) => words.join(" "));
    const real = (text: string): number =>
      10 * Array.from(text).reduce((sum, c) => sum + (c === "漢" ? 1 : 0.6), 0);
    const places = fc.record({
      align: fc.constantFrom("left" as const, "center" as const, "right" as const),
      verticalAlign: fc.constantFrom("top" as const, "middle" as const, "bottom" as const),
      wrap: fc.boolean(),
    });
    fc.assert(
      fc.property(content, places, fc.integer({ min: 1, max: 200 }), (text, place, width) => {
        const area = { x: 0, y: 0, width, height: 30 };
        const item = { kind: "text", content: text, area, style: { ...style, ...place } } as const;
        const box = roughTextBox(item);
        for (const line of layoutText(item, real).lines) {
          expect(line.y - 10).toBeGreaterThanOrEqual(box.y);
          expect(line.y + 3).toBeLessThanOrEqual(box.y + box.height);
          const left = line.x - real(line.text) * { left: 0, center: 0.5, right: 1 }[place.align];
          expect(left).toBeGreaterThanOrEqual(box.x - 1e-6);
          expect(left + real(line.text)).toBeLessThanOrEqual(box.x + box.width + 1e-6);
        }
      }),
    );
  });

  test("is centred in its box", () => {
    const item = {
      kind: "text",
      content: "ab\ncd",
      area: { x: 100, y: 0, width: 60, height: 100 },
      style,
    } as const;
    const { lines } = layoutText(item, measure);
    expect(lines.map((line) => line.x)).toEqual([130, 130]);
    expect((lines[0]?.y ?? 0) + (lines[1]?.y ?? 0)).toBeGreaterThan(100);
    expect((lines[1]?.y ?? 0) - (lines[0]?.y ?? 0)).toBeCloseTo(12);
  });
});
