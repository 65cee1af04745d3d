import { describe, expect, test } from "vitest";
import { handleNear, type ScreenCorners } from "./handles";
import { shapesAt, shapesIn } from "./hit";
import { rectPath } from "./paths";
import { Scene } from "./scene";
import { answerAll, boxList, sceneOf, shape } from "./testing";
import type { DisplayList } from "./types";

function drawnAs(list: DisplayList, fields = {}): Scene {
  const scene = new Scene(() => []);
  scene.apply({ changed: [shape("1", { width: 100, height: 100, ...fields })] });
  answerAll(scene, () => list);
  return scene;
}

const triangle = Float64Array.of(0, 0, 0, 1, 100, 0, 1, 0, 100, 4);
const stroke = { color: "ink", width: 6, dash: [], cap: "butt", join: "miter" } as const;

describe("pointing at shapes", () => {
  test("finds the topmost first", () => {
    const scene = sceneOf(shape("low", { index: "a" }), shape("high", { index: "b" }));
    expect(shapesAt(scene, { x: 5, y: 5 }, 0)).toEqual(["high", "low"]);
  });

  test("goes by the outline, within the tolerance", () => {
    const scene = drawnAs(boxList(100, 100, { outline: triangle }));
    expect(shapesAt(scene, { x: 20, y: 20 }, 0)).toEqual(["1"]);
    expect(shapesAt(scene, { x: 80, y: 80 }, 0)).toEqual([]);
    expect(shapesAt(scene, { x: 51, y: 51 }, 2)).toEqual(["1"]);
  });

  test("goes by the box where there is no outline", () => {
    const scene = drawnAs(boxList(30, 30));
    expect(shapesAt(scene, { x: 90, y: 90 }, 0)).toEqual(["1"]);
  });

  test("goes by the line, as thick as it is, where there is nothing but open lines", () => {
    const line = { kind: "path", data: Float64Array.of(0, 0, 0, 1, 100, 100), fill: null, stroke } as const;
    const scene = drawnAs(boxList(100, 100, { items: [line] }));
    expect(shapesAt(scene, { x: 52, y: 49 }, 0)).toEqual(["1"]);
    expect(shapesAt(scene, { x: 90, y: 10 }, 2)).toEqual([]);
  });

  test("follows the shape's turn", () => {
    const scene = drawnAs(boxList(100, 100, { outline: rectPath(0, 0, 100, 100) }), {
      rotation: Math.PI / 4,
    });
    expect(shapesAt(scene, { x: 50, y: -18 }, 0)).toEqual(["1"]);
    expect(shapesAt(scene, { x: 2, y: 2 }, 0)).toEqual([]);
  });

  test("leaves out locked and excluded shapes when asked to", () => {
    const scene = sceneOf(shape("1", { locked: true }), shape("2"));
    expect(shapesAt(scene, { x: 5, y: 5 }, 0, { skipLocked: true })).toEqual(["2"]);
    expect(shapesAt(scene, { x: 5, y: 5 }, 0, { exclude: new Set(["2"]) })).toEqual(["1"]);
  });

  test("finds shapes on the layer of what moves", () => {
    const scene = sceneOf(shape("1"));
    scene.setDynamic(["1"]);
    scene.apply({ changed: [shape("1", { x: 500 })] });
    expect(shapesAt(scene, { x: 505, y: 5 }, 0)).toEqual(["1"]);
  });
});

describe("a rectangle of the canvas", () => {
  const scene = drawnAs(boxList(100, 100), { rotation: Math.PI / 4 });

  test("touches a turned shape only where the shape is, not where its upright box is", () => {
    expect(shapesIn(scene, { minX: -20, minY: -20, maxX: 0, maxY: 0 }, "touch")).toEqual([]);
    expect(shapesIn(scene, { minX: -20, minY: -20, maxX: 30, maxY: 30 }, "touch")).toEqual(["1"]);
  });

  test("holds a turned shape only when all its corners are inside", () => {
    expect(shapesIn(scene, { minX: 0, minY: 0, maxX: 100, maxY: 100 }, "inside")).toEqual([]);
    expect(shapesIn(scene, { minX: -21, minY: -21, maxX: 121, maxY: 121 }, "inside")).toEqual(["1"]);
  });
});

describe("handles", () => {
  const corners: ScreenCorners = [
    { x: 100, y: 100 },
    { x: 200, y: 100 },
    { x: 200, y: 180 },
    { x: 100, y: 180 },
  ];

  test("are found near their place and nowhere else", () => {
    expect(handleNear({ x: 203, y: 184 }, ["nw", "se"], corners)).toBe("se");
    expect(handleNear({ x: 150, y: 76 }, ["rotate"], corners)).toBe("rotate");
    expect(handleNear({ x: 150, y: 140 }, ["nw", "n", "rotate"], corners)).toBeNull();
  });

  test("of edges give way to corners on a small box", () => {
    const small: ScreenCorners = [
      { x: 0, y: 0 },
      { x: 6, y: 0 },
      { x: 6, y: 6 },
      { x: 0, y: 6 },
    ];
    expect(handleNear({ x: 5, y: 0 }, ["n", "ne"], small)).toBe("ne");
  });

  const FREE = ["nw", "ne", "se", "sw", "n", "e", "s", "w", "rotate"] as const;
  const upright = (width: number, height: number): ScreenCorners => [
    { x: 0, y: 0 },
    { x: width, y: 0 },
    { x: width, y: height },
    { x: 0, y: height },
  ];
  const touched = (x: number, y: number, box: ScreenCorners) => handleNear({ x, y }, FREE, box, true);

  test("are reached from further by fingers", () => {
    const box = upright(200, 160);
    expect(touched(215, 175, box)).toBe("se");
    expect(touched(188, 150, box)).toBe("se");
    expect(handleNear({ x: 215, y: 175 }, FREE, box)).toBeNull();
    expect(touched(100, -8, box)).toBe("n");
    expect(touched(100, -30, box)).toBe("rotate");
    expect(touched(220, 180, box)).toBeNull();
  });

  test("leave the middle of a box to fingers that move it, however small or thin it is", () => {
    expect(touched(100, 80, upright(200, 160))).toBeNull();
    expect(touched(15, 15, upright(30, 30))).toBeNull();
    expect(touched(8, 22, upright(30, 30))).toBeNull();
    expect(touched(36, 36, upright(30, 30))).toBe("se");
    expect(touched(100, 6, upright(200, 0))).toBeNull();
    expect(touched(6, 100, upright(0, 200))).toBeNull();
    expect(touched(190, 6, upright(200, 0))).toMatch(/e$/);
    expect(touched(3, -16, upright(0, 0))).not.toBeNull();
  });

  test("are found on a turned box", () => {
    const turned: ScreenCorners = [
      { x: 100, y: 0 },
      { x: 200, y: 100 },
      { x: 100, y: 200 },
      { x: 0, y: 100 },
    ];
    expect(touched(100, 100, turned)).toBeNull();
    expect(touched(100, 40, turned)).toBeNull();
    expect(touched(100, 12, turned)).toBe("nw");
  });
});
