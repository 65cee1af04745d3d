import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergeBoxes } from "./damage";
import { containsBounds, IDENTITY } from "./geometry";
import { flatten, insideOf, nearLines, pathDigest, pathFault, rectPath, transformPath } from "./paths";
import { displayListFault } from "./picture";
import { boxList } from "./testing";
import type { TextStyle } from "./types";

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

describe("transformed paths", () => {
  const path = Float64Array.of(0, 1, 2, 1, 3, 4, 2, 5, 6, 7, 8, 3, 1, 2, 3, 4, 5, 6, 4);

  test("have every point moved, and every command as it was", () => {
    const quarter = { a: 0, b: 1, c: -1, d: 0, e: 10, f: 20 };
    expect([...transformPath(path, quarter)]).toEqual([
      ...[0, 8, 21, 1, 6, 23, 2, 4, 25, 2, 27],
      ...[3, 8, 21, 6, 23, 4, 25, 4],
    ]);
    expect(transformPath(path, IDENTITY)).toEqual(path);
  });

  test("that differ anywhere have another digest", () => {
    const digests = Array.from(path, (_, place) =>
      pathDigest(path.map((value, i) => (i === place ? value + 1 : value))),
    );
    expect(new Set([...digests, pathDigest(path), pathDigest(path.slice(1))]).size).toBe(path.length + 2);
    expect(pathDigest(path.slice())).toBe(pathDigest(path));
  });
});

describe("display lists", () => {
  test("that cannot be drawn are refused with the reason", () => {
    expect(displayListFault(boxList(10, 10))).toBeNull();
    expect(displayListFault(boxList(10, 10, { bounds: { x: 0, y: 0, width: -1, height: 1 } }))).toMatch(
      /bounds/,
    );
    expect(displayListFault(boxList(1, 1, { outline: Float64Array.of(9) }))).toMatch(/command 9/);
    const anchors = [{ name: "top", at: { x: 0, y: 0 }, direction: Number.NaN }];
    expect(displayListFault(boxList(1, 1, { anchors }))).toMatch(/anchor top/);
    const area = { x: 0, y: 0, width: Number.POSITIVE_INFINITY, height: 1 };
    const labels = [{ prop: "text", area, style: {} as TextStyle, fit: "none" } as const];
    expect(displayListFault(boxList(1, 1, { labels }))).toMatch(/area of a label/);
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
