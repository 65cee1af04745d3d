import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { View } from "./backend";
import { BaseLayer, exposedStrips } from "./base-layer";
import { Painter } from "./painter";
import { Scene } from "./scene";
import { answerAll, boxList, GridBackend, shape } from "./testing";

const WIDTH = 40;
const HEIGHT = 30;
/** Small enough that pans of a few pixels use the margin up. */
const PIXEL_RATIO = 0.05;

function drawn(scene: Scene, backend: GridBackend): BaseLayer {
  const layer = new BaseLayer(backend, null as unknown as HTMLElement, scene, new Painter());
  layer.resize(WIDTH, HEIGHT, PIXEL_RATIO);
  return layer;
}

function screenOf(backend: GridBackend): number[] {
  return backend.surfaces.find((surface) => surface.visible)?.screen(WIDTH, HEIGHT) ?? [];
}

/** Answers with boxes, each shape's in a colour of its own. */
function answer(scene: Scene, backend: GridBackend): void {
  answerAll(scene, ({ width, height }) => boxList(width, height));
  for (const { picture, shape: of } of scene.nodes.values()) {
    if (picture !== null) backend.colors.set(picture, 1 + Number(of.id));
  }
}

/** What a layer shows that has drawn nothing before. */
function freshScreen(scene: Scene, view: View): number[] {
  const fresh = new Scene(() => []);
  fresh.apply({ changed: [...scene.nodes.values()].map((node) => node.shape) });
  const backend = new GridBackend();
  answer(fresh, backend);
  drawn(fresh, backend).draw({ ...view });
  return screenOf(backend);
}

describe("exposed strips", () => {
  test("with what stays, they cover each pixel exactly once", () => {
    fc.assert(
      fc.property(fc.integer({ min: -19, max: 19 }), fc.integer({ min: -11, max: 11 }), (dx, dy) => {
        const strips = exposedStrips(20, 12, dx, dy) ?? [];
        for (let y = 0; y < 12; y++) {
          for (let x = 0; x < 20; x++) {
            const stays = x - dx >= 0 && x - dx < 20 && y - dy >= 0 && y - dy < 12 ? 1 : 0;
            const covered = strips.filter(
              (s) => x >= s.minX && x < s.maxX && y >= s.minY && y < s.maxY,
            ).length;
            expect(covered + stays).toBe(1);
          }
        }
      }),
    );
  });

  test("a shift by the whole width keeps nothing", () => {
    expect(exposedStrips(20, 12, 20, 0)).toBeNull();
    expect(exposedStrips(20, 12, 0, -12)).toBeNull();
  });
});

const step = fc.oneof(
  fc.record({
    kind: fc.constant("pan" as const),
    dx: fc.integer({ min: -9, max: 9 }),
    dy: fc.integer({ min: -9, max: 9 }),
  }),
  fc.record({
    kind: fc.constant("put" as const),
    id: fc.integer({ min: 0, max: 6 }).map(String),
    x: fc.integer({ min: -20, max: 50 }),
    y: fc.integer({ min: -20, max: 40 }),
    index: fc.constantFrom("a", "b", "c"),
  }),
  fc.record({ kind: fc.constant("remove" as const), id: fc.integer({ min: 0, max: 6 }).map(String) }),
);

describe("the layer of what rests", () => {
  test("after any pans and edits the screen is what a full redraw would show", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const scene = new Scene(() => []);
        const backend = new GridBackend();
        const layer = drawn(scene, backend);
        const view = { scale: 1, tx: 0, ty: 0 };
        for (const one of steps) {
          if (one.kind === "pan") Object.assign(view, { tx: view.tx + one.dx, ty: view.ty + one.dy });
          else if (one.kind === "remove") scene.apply({ removed: [one.id] });
          else
            scene.apply({
              changed: [shape(one.id, { x: one.x, y: one.y, index: one.index, props: { id: one.id } })],
            });
          answer(scene, backend);
          layer.draw({ ...view });
          expect(layer.isSharp(view)).toBe(true);
          expect(screenOf(backend)).toEqual(freshScreen(scene, view));
        }
      }),
    );
  });

  test("a pan within the margin draws nothing", () => {
    const scene = new Scene(() => []);
    const backend = new GridBackend();
    const layer = drawn(scene, backend);
    scene.apply({ changed: [shape("1")] });
    answerAll(scene, () => boxList(10, 10));
    expect(layer.draw({ scale: 1, tx: 0, ty: 0 }).kind).toBe("full");
    expect(layer.draw({ scale: 1, tx: 3, ty: -2 })).toEqual({ kind: "none", drawn: 0, pending: false });
    expect(layer.draw({ scale: 1, tx: 9, ty: -2 }).kind).toBe("pan");
  });

  test("a zoom of many shapes shows the old picture scaled and draws the new one over several frames", () => {
    const shapes = Array.from({ length: 30_000 }, (_, i) =>
      shape(String(i), { x: i % 40, y: (i / 40) % 30 }),
    );
    const scene = new Scene(() => []);
    const backend = new GridBackend();
    const layer = drawn(scene, backend);
    layer.draw({ scale: 1, tx: 0, ty: 0 });
    scene.apply({ changed: shapes });
    answerAll(scene, ({ width, height }) => boxList(width, height));
    const view = { scale: 1.5, tx: 0, ty: 0 };
    expect(layer.draw(view)).toMatchObject({ kind: "scaled", pending: true });
    expect(backend.surfaces.find((surface) => surface.visible)?.placed.scale).toBe(1.5);
    let frames = 0;
    while (layer.draw(view).pending) frames++;
    expect(frames).toBeGreaterThan(2);
    expect(backend.surfaces.find((surface) => surface.visible)?.placed.scale).toBe(1);
    expect(layer.isSharp(view)).toBe(true);
  });
});
