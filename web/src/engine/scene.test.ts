import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contentKey } from "./contents";
import { intersects } from "./geometry";
import { SLACK } from "./node";
import { nodesWithin } from "./painter";
import { Scene } from "./scene";
import { answerAll, boxList, sceneOf, shape } from "./testing";
import type { Reference, Shape } from "./types";

const ids = (scene: Scene): string[] => scene.order().map((node) => node.shape.id);

const anyShape: fc.Arbitrary<Shape> = fc
  .record({
    id: fc.integer({ min: 0, max: 12 }).map(String),
    index: fc.constantFrom("a", "aV", "b", "c0"),
    parent: fc.option(fc.integer({ min: 0, max: 12 }).map(String)),
    x: fc.integer({ min: -500, max: 500 }),
    y: fc.integer({ min: -500, max: 500 }),
    rotation: fc.double({ min: 0, max: 6, noNaN: true }),
  })
  .map((fields) => shape(fields.id, fields));

describe("drawing order", () => {
  test("siblings are stacked by order key, then by id", () => {
    const scene = sceneOf(
      shape("b", { index: "a1" }),
      shape("a", { index: "a1" }),
      shape("c", { index: "a0" }),
    );
    expect(ids(scene)).toEqual(["c", "a", "b"]);
  });

  test("order keys are compared byte by byte, not as words", () => {
    expect(ids(sceneOf(shape("1", { index: "a" }), shape("2", { index: "Z" })))).toEqual(["2", "1"]);
  });

  test("a frame's shapes lie above it and below its next sibling", () => {
    const scene = sceneOf(
      shape("next", { index: "b" }),
      shape("inside", { index: "z", parent: "frame" }),
      shape("frame", { index: "a" }),
    );
    expect(ids(scene)).toEqual(["frame", "inside", "next"]);
  });

  test("S1: it depends on the shapes alone, not on the way they came", () => {
    fc.assert(
      fc.property(fc.array(fc.array(anyShape, { maxLength: 80 }), { maxLength: 4 }), (batches) => {
        const stepwise = new Scene(() => []);
        const last = new Map<string, Shape>();
        for (const batch of batches) {
          stepwise.apply({ changed: batch });
          for (const one of batch) last.set(one.id, one);
        }
        const atOnce = new Scene(() => []);
        atOnce.apply({ changed: [...last.values()] });
        expect(ids(stepwise)).toEqual(ids(atOnce));
        for (const [id, node] of stepwise.nodes) {
          const { a, b, e, f, minX, maxY } = node;
          expect(atOnce.nodes.get(id)).toMatchObject({ a, b, e, f, minX, maxY });
        }
      }),
    );
  });
});

describe("parents", () => {
  test("S2: shapes that lie in each other count as lying on the canvas", () => {
    const scene = sceneOf(shape("1", { parent: "2", x: 5 }), shape("2", { parent: "1", x: 7 }));
    expect(scene.nodes.get("1")).toMatchObject({ parent: null, e: 5 });
    expect(scene.nodes.get("2")).toMatchObject({ parent: null, e: 7 });
  });

  test("a shape moves, turns and fades with its frame", () => {
    const frame = shape("f", { x: 100, y: 0, width: 20, height: 20, rotation: Math.PI, opacity: 0.5 });
    const scene = sceneOf(frame, shape("1", { parent: "f", opacity: 0.5 }));
    const node = scene.nodes.get("1");
    expect(node?.e).toBeCloseTo(120);
    expect(node?.f).toBeCloseTo(20);
    expect(node?.opacity).toBe(0.25);
    scene.apply({ changed: [{ ...frame, rotation: 0 }] });
    expect(node?.e).toBeCloseTo(100);
  });

  test("a shape whose frame is deleted stays where its own numbers say", () => {
    const scene = sceneOf(shape("f", { x: 50 }), shape("1", { parent: "f", x: 3 }));
    scene.apply({ removed: ["f"] });
    expect(scene.nodes.get("1")).toMatchObject({ parent: null, e: 3 });
    expect(ids(scene)).toEqual(["1"]);
  });
});

describe("culling", () => {
  test("finds exactly the shapes whose boxes meet the view, back to front", () => {
    const view = fc.record({
      minX: fc.integer({ min: -600, max: 600 }),
      minY: fc.integer({ min: -600, max: 600 }),
    });
    fc.assert(
      fc.property(fc.array(anyShape, { maxLength: 200 }), view, ({ length, ...shapes }, { minX, minY }) => {
        const scene = new Scene(() => []);
        scene.apply({
          changed: Array.from({ length }, (_, i) => ({ ...(shapes[i] as Shape), id: String(i) })),
        });
        const bounds = { minX, minY, maxX: minX + 150, maxY: minY + 150 };
        expect(nodesWithin(scene, bounds)).toEqual(scene.order().filter((node) => intersects(node, bounds)));
      }),
    );
  });

  test("finds shapes that were moved, alone and in crowds", () => {
    const shapes = Array.from({ length: 300 }, (_, i) => shape(String(i), { x: i * 20 }));
    const scene = sceneOf(...shapes);
    const far = { minX: 9000, minY: 0, maxX: 99_999, maxY: 10 };
    scene.apply({ changed: [{ ...(shapes[3] as Shape), x: 10_000 }] });
    expect(scene.index.search(far)).toHaveLength(1);
    scene.apply({ changed: shapes.map((one, i) => ({ ...one, x: 10_000 + i })) });
    expect(scene.index.search(far)).toHaveLength(300);
    scene.setDynamic(["4", "5"]);
    expect(scene.index.searchResting(far)).toHaveLength(298);
    expect(scene.index.search(far)).toHaveLength(300);
    expect(scene.setDynamic([])).toHaveLength(2);
    expect(scene.index.searchResting(far)).toHaveLength(300);
  });

  test("S2: a shape whose numbers are none does not spoil the search for the others", () => {
    const scene = sceneOf(
      shape("good", { x: 500 }),
      shape("bad", { x: Number.NaN, width: Number.POSITIVE_INFINITY }),
    );
    expect(scene.index.search({ minX: 499, minY: 0, maxX: 501, maxY: 1 })).toHaveLength(1);
  });
});

describe("pictures", () => {
  test("the key of a look holds what changes it and nothing that a move changes", () => {
    const one = shape("1", { props: { fill: "red" } });
    const key = contentKey(one, []);
    expect(contentKey({ ...one, id: "2", x: 9, rotation: 1, index: "b", opacity: 0.5 }, [])).toBe(key);
    expect(contentKey({ ...one, width: 11 }, [])).not.toBe(key);
    expect(contentKey({ ...one, type: "test/star" }, [])).not.toBe(key);
    expect(contentKey({ ...one, props: { fill: "blue" } }, [])).not.toBe(key);
    expect(contentKey({ ...one, version: 2 }, [])).not.toBe(key);
    expect(contentKey(one, [{ prop: "from", id: "3", geometry: null }])).not.toBe(key);
  });

  test("10,000 shapes that look alike ask for one picture", () => {
    const scene = new Scene(() => []);
    scene.apply({
      changed: Array.from({ length: 10_000 }, (_, i) => shape(String(i), { x: i, props: { a: 1 } })),
    });
    expect(answerAll(scene, () => boxList(10, 10))).toBe(1);
    expect(new Set([...scene.nodes.values()].map((node) => node.picture)).size).toBe(1);
  });

  test("a shape keeps its old picture, stretched, until the new one comes", () => {
    const scene = sceneOf(shape("1"));
    const old = scene.nodes.get("1")?.picture;
    scene.apply({ changed: [shape("1", { width: 30 })] });
    expect(scene.nodes.get("1")).toMatchObject({ picture: old, sx: 3, sy: 1, maxX: 30 + SLACK });
    answerAll(scene, ({ width, height }) => boxList(width, height));
    expect(scene.nodes.get("1")).toMatchObject({ sx: 1, maxX: 30 + SLACK });
  });

  test("a picture larger than its shape makes room for itself", () => {
    const scene = new Scene(() => []);
    scene.apply({ changed: [shape("1"), shape("2", { x: 1000 })] });
    answerAll(scene, () => boxList(10, 10, { bounds: { x: -50, y: 0, width: 60, height: 10 } }));
    expect(scene.index.search({ minX: -50, minY: 0, maxX: -40, maxY: 10 })).toEqual([scene.nodes.get("1")]);
  });

  test("what nobody needs any more is not asked for", () => {
    const scene = new Scene(() => []);
    for (let width = 1; width <= 50; width++) scene.apply({ changed: [shape("1", { width })] });
    expect(answerAll(scene, ({ width, height }) => boxList(width, height))).toBe(1);
    scene.apply({ changed: [shape("1", { width: 7 })] });
    expect(answerAll(scene, ({ width, height }) => boxList(width, height))).toBe(1);
    expect(scene.nodes.get("1")?.picture?.bounds.maxX).toBe(7);
  });

  test("P3: a shape without a picture has a placeholder that can be hit and says why", () => {
    const scene = new Scene(() => []);
    scene.apply({ changed: [shape("1", { width: 200, height: 100 })] });
    scene.answer(
      scene.contents.takeWanted(10).map((content) => ({ content, picture: null, problem: "It is broken." })),
    );
    const node = scene.nodes.get("1");
    expect(node?.content?.problem).toBe("It is broken.");
    expect(node?.picture?.list.items).toContainEqual(expect.objectContaining({ content: "It is broken." }));
    expect(node?.picture?.hit(100, 50, 0, node.shape)).toBe(true);
  });
});

describe("connectors", () => {
  const propsOf = (type: string): string[] => (type === "test/arrow" ? ["from", "to"] : []);
  const anchors = [{ name: "middle", at: { x: 5, y: 5 }, direction: null }];
  const arrow = shape("arrow", { type: "test/arrow", x: 100, props: { from: "1", to: "gone" } });

  function connected(): { scene: Scene; asked: () => string[] } {
    const scene = new Scene(propsOf);
    let log: string[] = [];
    scene.apply({ changed: [arrow, shape("1", { x: 130, y: 40 })] });
    const asked = (): string[] => {
      log = [];
      answerAll(scene, (request) => {
        log.push(JSON.stringify(request.references));
        return boxList(request.width, request.height, { anchors });
      });
      return log;
    };
    return { scene, asked };
  }

  test("are given the geometry and anchors of what they name, in their own frame", () => {
    const { asked } = connected();
    expect(JSON.parse(asked().at(-1) ?? "")).toEqual([
      {
        prop: "from",
        id: "1",
        geometry: {
          box: { x: 30, y: 40, width: 10, height: 10 },
          rotation: 0,
          outline: null,
          anchors: [{ name: "middle", at: { x: 35, y: 45 }, direction: null }],
        },
      },
      { prop: "to", id: "gone", geometry: null },
    ]);
  });

  test("are drawn again when what they name moves, comes or goes, and not when both move", () => {
    const { scene, asked } = connected();
    asked();
    scene.apply({ changed: [shape("1", { x: 131, y: 40 })] });
    expect(asked()).toHaveLength(1);
    scene.apply({ changed: [shape("1", { x: 231, y: 40 }), { ...arrow, x: 200 }] });
    expect(asked()).toHaveLength(0);
    scene.apply({ changed: [shape("gone", { x: 1 })] });
    expect(asked().length).toBeGreaterThan(0);
    scene.apply({ removed: ["1"] });
    expect(JSON.parse(asked()[0] ?? "")[0]).toMatchObject({ id: "1", geometry: null });
  });

  test("see a turned shape's outline and anchors as they lie there", () => {
    const turned = shape("1", { x: 130, y: 40, rotation: Math.PI / 2 });
    const scene = new Scene(propsOf);
    scene.apply({ changed: [{ ...arrow, rotation: Math.PI }, turned] });
    let seen: Reference[] = [];
    const corner = Float64Array.of(0, 0, 0, 1, 10, 0, 1, 0, 10, 4);
    answerAll(scene, ({ type, width, height, references }) => {
      if (type === "test/arrow") seen = references;
      const top = [{ name: "top", at: { x: 5, y: 0 }, direction: -Math.PI / 2 }];
      return boxList(width, height, { outline: corner, anchors: top });
    });
    const geometry = seen[0]?.geometry;
    // The arrow, upside down, sees it to its left and above, turned back by a quarter.
    expect(geometry).toMatchObject({ box: { x: -30, y: -40, width: 10, height: 10 } });
    expect(geometry?.rotation).toBeCloseTo(-Math.PI / 2, 2);
    expect(geometry?.outline?.map(Math.round)).toEqual(
      Float64Array.of(0, -30, -30, 1, -30, -40, 1, -20, -30, 4),
    );
    expect(geometry?.anchors[0]).toMatchObject({ name: "top", at: { x: -30, y: -35 } });
    expect(geometry?.anchors[0]?.direction).toBeCloseTo(-Math.PI, 2);
  });

  test("may name several shapes in one prop, and are drawn again when any of them moves", () => {
    const scene = new Scene(propsOf);
    const props = { from: ["1", "", 7, "gone", "2"], to: "1" } as Shape["props"];
    scene.apply({ changed: [{ ...arrow, props }, shape("1"), shape("2")] });
    let named: string[] = [];
    const draw = (): number =>
      answerAll(scene, ({ width, height, references }) => {
        if (references.length > 0)
          named = references.map(({ prop, id, geometry }) => `${prop} ${id} ${geometry !== null}`);
        return boxList(width, height);
      });
    draw();
    expect(named).toEqual(["from 1 true", "from gone false", "from 2 true", "to 1 true"]);
    scene.apply({ changed: [shape("2", { x: 50 })] });
    expect(draw()).toBe(1);
    scene.apply({ changed: [{ ...arrow, props: { from: [], to: null } }] });
    draw();
    scene.apply({ changed: [shape("1", { x: 70 }), shape("2", { x: 70 })] });
    expect(draw()).toBe(0);
  });

  test("that name each other come to an end", () => {
    const scene = new Scene(propsOf);
    scene.apply({
      changed: [
        shape("1", { type: "test/arrow", props: { from: "2", to: "1" } }),
        shape("2", { type: "test/arrow", props: { from: "1", to: null } }),
      ],
    });
    expect(answerAll(scene, ({ width, height }) => boxList(width, height, { anchors }))).toBeLessThan(10);
  });
});
