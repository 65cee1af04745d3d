import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergeBoxes } from "./damage";
import { containsBounds } from "./geometry";
import { flatten, insideOf, nearLines, pathFault, rectPath } from "./paths";
import { displayListFault } from "./picture";
import { boxList } from "./testing";

describe("paths", () => {
  test("faults are named before a path is kept", () => {
    expect(pathFault(rectPath(0, 0, 10, 10, 3))).toBeNull();
    expect(pathFault(Float64Array.of(0, 1))).toMatch(/middle of a command/);
    expect(pathFault(Float64Array.of(0, 1, 2, 7))).toMatch(/command 7/);
    expect(pathFault(Float64Array.of(0, 1, Number.NaN))).toMatch(/not finite/);
  });

  test("a point is inside a rectangle exactly when its coordinates are", () => {
    const lines = flatten(rectPath(10, 20, 30, 40));
    const coordinate = fc.integer({ min: 0, max: 70 }).map((n) => n + 0.5);
    fc.assert(
      fc.property(coordinate, coordinate, (x, y) => {
        expect(insideOf(lines, x, y)).toBe(x > 10 && x < 40 && y > 20 && y < 60);
      }),
    );
  });

  test("the non-zero rule fills the middle of a star", () => {
    const star = Float64Array.of(0, 50, 0, 1, 79, 90, 1, 2, 35, 1, 98, 35, 1, 21, 90, 4);
    expect(insideOf(flatten(star), 50, 50)).toBe(true);
  });

  test("curves are followed and closing lines count as lines", () => {
    const arc = Float64Array.of(0, 0, 0, 2, 50, 100, 100, 0, 4);
    expect(nearLines(flatten(arc), 50, 51, 2)).toBe(true);
    expect(nearLines(flatten(arc), 50, 1, 2)).toBe(true);
    expect(nearLines(flatten(arc), 50, 25, 2)).toBe(false);
  });
});

describe("display lists", () => {
  test("that cannot be drawn are refused with the reason", () => {
    expect(displayListFault(boxList(10, 10))).toBeNull();
    expect(displayListFault(boxList(10, 10, { bounds: { x: 0, y: 0, width: -1, height: 1 } }))).toMatch(
      /bounds/,
    );
    expect(displayListFault(boxList(1, 1, { outline: Float64Array.of(9) }))).toMatch(/command 9/);
    const stroke = { color: "ink", width: 0, dash: [], cap: "butt", join: "miter" } as const;
    const data = rectPath(0, 0, 1, 1);
    expect(displayListFault(boxList(1, 1, { items: [{ kind: "path", data, fill: null, stroke }] }))).toMatch(
      /width/,
    );
  });
});

describe("damage", () => {
  test("merged boxes still cover every box", () => {
    const box = fc
      .record({ x: fc.nat(500), y: fc.nat(500), w: fc.nat(80), h: fc.nat(80) })
      .map(({ x, y, w, h }) => ({ minX: x, minY: y, maxX: x + w, maxY: y + h }));
    fc.assert(
      fc.property(fc.array(box, { maxLength: 60 }), (boxes) => {
        const merged = mergeBoxes(boxes);
        expect(merged.length).toBeLessThanOrEqual(24);
        for (const one of boxes) expect(merged.some((other) => containsBounds(other, one))).toBe(true);
      }),
    );
  });
});
