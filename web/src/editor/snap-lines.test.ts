import { describe, expect, it } from "vitest";
import { SnapLines, sidesOf } from "./snap-lines";

const box = (x: number, y: number, width = 100, height = 60) => ({ x, y, width, height });

describe("snap lines", () => {
  it("an edge within reach snaps to an edge, each axis for itself", () => {
    const lines = new SnapLines([box(200, 0)]);
    expect(lines.shift(sidesOf(box(203, 300)), 6)).toEqual({ x: -3, y: 0 });
    expect(lines.shift(sidesOf(box(600, 4)), 6)).toEqual({ x: 0, y: -4 });
    expect(lines.shift(sidesOf(box(207, 300)), 6)).toEqual({ x: 0, y: 0 });
  });

  it("middles snap to middles and to edges", () => {
    const lines = new SnapLines([box(0, 0, 100, 60)]);
    expect(lines.shift(sidesOf(box(32, 300, 40, 20)), 6)).toEqual({ x: -2, y: 0 });
    expect(lines.shift(sidesOf(box(79, 300, 40, 20)), 6)).toEqual({ x: 1, y: 0 });
  });

  it("the nearest of several lines wins", () => {
    const lines = new SnapLines([box(0, 0), box(4, 200)]);
    expect(lines.shift({ x: [3], y: [] }, 6).x).toBe(1);
    expect(lines.shift({ x: [1], y: [] }, 6).x).toBe(-1);
  });

  it("guides run from the box to the furthest box on the line", () => {
    const lines = new SnapLines([box(0, 0, 30, 60), box(0, 200, 50, 60)]);
    const moved = box(0, 500, 77, 60);
    expect(lines.guides(moved, sidesOf(moved))).toEqual([{ from: { x: 0, y: 0 }, to: { x: 0, y: 560 } }]);
  });

  it("there is nothing to snap to on an empty canvas", () => {
    const lines = new SnapLines([]);
    expect(lines.shift(sidesOf(box(1, 1)), 6)).toEqual({ x: 0, y: 0 });
    expect(lines.guides(box(1, 1), sidesOf(box(1, 1)))).toEqual([]);
  });

  it("a side is compared with a few lines only, among tens of thousands", () => {
    const lines = new SnapLines(Array.from({ length: 10_000 }, (_, i) => box(i * 10, i * 10, 3, 3)));
    expect(lines.shift({ x: [50_001], y: [12_348] }, 6)).toEqual({ x: 0.5, y: 2 });
  });
});
