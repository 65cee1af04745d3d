import { describe, expect, test } from "vitest";
import { DynamicLayer } from "./dynamic-layer";
import { Painter } from "./painter";
import type { Scene } from "./scene";
import { answerAll, boxList, GridBackend, type GridSurface, sceneOf, shape } from "./testing";

const VIEW = { scale: 1, tx: 0, ty: 0 };

function layerOf(scene: Scene): { layer: DynamicLayer; surface: GridSurface } {
  const backend = new GridBackend();
  for (const node of scene.nodes.values()) if (node.picture !== null) backend.colors.set(node.picture, 1);
  const layer = new DynamicLayer(backend, null as unknown as HTMLElement, scene, new Painter());
  layer.resize(100, 100, 1);
  return { layer, surface: backend.surfaces[0] as GridSurface };
}

describe("the layer of what moves", () => {
  const one = shape("1", { x: 20, y: 20 });
  const two = shape("2", { x: 40, y: 20 });

  test("what moves together is drawn once and then shifted as a picture", () => {
    const scene = sceneOf(one, two, shape("3"));
    const { layer, surface } = layerOf(scene);
    scene.setDynamic(["1", "2"]);
    expect(layer.draw(VIEW)).toBe(2);
    scene.apply({ changed: [one, two].map((moved) => ({ ...moved, x: moved.x + 7.4, y: moved.y - 3 })) });
    expect(layer.draw(VIEW)).toBe(0);
    expect(surface.placed).toEqual({ scale: 1, dx: 7, dy: -3 });
  });

  test("what moves apart, turns, fades or gets another picture is drawn anew", () => {
    const scene = sceneOf(one, two);
    const { layer, surface } = layerOf(scene);
    scene.setDynamic(["1", "2"]);
    layer.draw(VIEW);
    for (const change of [{ x: 25 }, { rotation: 1 }, { opacity: 0.5 }, { width: 30 }]) {
      scene.apply({ changed: [{ ...one, ...change }] });
      expect(layer.draw(VIEW)).toBe(2);
      expect(surface.placed).toEqual({ scale: 1, dx: 0, dy: 0 });
    }
    answerAll(scene, ({ width, height }) => boxList(width, height));
    expect(layer.draw(VIEW)).toBe(2);
    expect(layer.draw(VIEW)).toBe(0);
  });

  test("a picture that reached beyond the screen is not shifted: something would be missing", () => {
    const edge = shape("1", { x: 95, y: 0 });
    const scene = sceneOf(edge);
    const { layer } = layerOf(scene);
    scene.setDynamic(["1"]);
    layer.draw(VIEW);
    scene.apply({ changed: [{ ...edge, x: 50 }] });
    expect(layer.draw(VIEW)).toBe(1);
  });

  test("what was let go stays until the layer below shows it", () => {
    const scene = sceneOf(one);
    const { layer, surface } = layerOf(scene);
    scene.setDynamic(["1"]);
    layer.draw(VIEW);
    layer.keep(scene.setDynamic([]));
    expect(layer.draw(VIEW)).toBe(1);
    layer.settle();
    expect(layer.draw(VIEW)).toBe(0);
    expect(surface.visible).toBe(false);
  });
});
