import { Engine, LIGHT_THEME, type RenderSource, type Shape } from "../../src/engine/index";
import { part, type Subject } from "./subject";

/** Our engine, fed by `source`. */
export function ours(container: HTMLElement, source: RenderSource): Subject {
  const engine = new Engine({ container, source, theme: LIGHT_THEME });
  let grabbed: Shape[] = [];
  let by: "oneself" | "others" = "oneself";
  return {
    load(shapes) {
      engine.setShapes(shapes);
      return engine.settled();
    },
    setCamera(camera) {
      engine.camera = camera;
    },
    grab(shapes, who) {
      grabbed = shapes;
      by = who;
      if (by === "oneself") engine.setDynamic(shapes.map((shape) => shape.id));
    },
    drag(dx, dy) {
      engine.applyChanges({
        changed: grabbed.map((shape, i) => ({
          ...shape,
          x: shape.x + dx * part(i, by),
          y: shape.y + dy * part(i, by),
        })),
      });
    },
    release() {
      engine.setDynamic([]);
    },
    destroy() {
      engine.destroy();
    },
  };
}
