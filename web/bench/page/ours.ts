import { Engine, LIGHT_THEME, type RenderSource, type Shape } from "../../src/engine/index";
import type { Subject } from "./subject";

/** Our engine, fed by `source`. */
export function ours(container: HTMLElement, source: RenderSource): Subject {
  const engine = new Engine({ container, source, theme: LIGHT_THEME });
  let grabbed: Shape[] = [];
  return {
    load(shapes) {
      engine.setShapes(shapes);
      return engine.settled();
    },
    setCamera(camera) {
      engine.camera = camera;
    },
    grab(shapes) {
      grabbed = shapes;
      engine.setDynamic(shapes.map((shape) => shape.id));
    },
    drag(dx, dy) {
      engine.applyChanges({
        changed: grabbed.map((shape) => ({ ...shape, x: shape.x + dx, y: shape.y + dy })),
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
