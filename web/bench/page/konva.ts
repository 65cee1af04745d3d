/** Konva 10 as its guides advise for many shapes: no listening, no perfect drawing, what is dragged on a layer of its own. */

import Konva from "konva";
import { walkPath } from "../../src/engine/paths";
import { cssColor, LIGHT_THEME } from "../../src/engine/theme";
import type { Shape } from "../../src/engine/types";
import { displayList } from "./shapes";
import type { Subject } from "./subject";

function konvaShape(shape: Shape): Konva.Shape {
  const list = displayList(shape);
  const path = new Path2D();
  if (list.outline !== null) walkPath(list.outline, path);
  const label = String(shape.props.label);
  return new Konva.Shape({
    x: shape.x + shape.width / 2,
    y: shape.y + shape.height / 2,
    offsetX: shape.width / 2,
    offsetY: shape.height / 2,
    rotation: (shape.rotation * 180) / Math.PI,
    width: shape.width,
    height: shape.height,
    listening: false,
    perfectDrawEnabled: false,
    sceneFunc(context) {
      const native = context._context;
      native.fillStyle = cssColor(shape.props.fill as number, LIGHT_THEME);
      native.fill(path);
      native.strokeStyle = LIGHT_THEME.ink;
      native.lineWidth = 2;
      native.stroke(path);
      if (label === "") return;
      native.font = "400 12px sans-serif";
      native.textAlign = "center";
      native.fillStyle = LIGHT_THEME.ink;
      native.fillText(label, shape.width / 2, shape.height / 2);
    },
  });
}

export function konva(container: HTMLDivElement): Subject {
  const stage = new Konva.Stage({ container, width: container.clientWidth, height: container.clientHeight });
  const layer = new Konva.Layer({ listening: false });
  const moving = new Konva.Layer({ listening: false });
  stage.add(layer, moving);
  const made = new Map<string, Konva.Shape>();
  let grabbed: { at: { x: number; y: number }; node: Konva.Shape }[] = [];
  return {
    async load(shapes) {
      for (const shape of shapes) made.set(shape.id, konvaShape(shape));
      layer.add(...made.values());
      layer.draw();
    },
    setCamera({ x, y, zoom }) {
      stage.scale({ x: zoom, y: zoom });
      stage.position({ x: -x * zoom, y: -y * zoom });
    },
    grab(shapes) {
      grabbed = shapes.flatMap(({ id }) => {
        const node = made.get(id);
        node?.moveTo(moving);
        return node === undefined ? [] : [{ node, at: node.position() }];
      });
      layer.draw();
    },
    drag(dx, dy) {
      for (const { node, at } of grabbed) node.position({ x: at.x + dx, y: at.y + dy });
    },
    release() {
      for (const { node } of grabbed) node.moveTo(layer);
    },
    destroy() {
      stage.destroy();
    },
  };
}
