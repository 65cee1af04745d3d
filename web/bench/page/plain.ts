/** The baseline: everything drawn anew in every frame, with no trick at all. */

import { placement } from "../../src/engine/geometry";
import { walkPath } from "../../src/engine/paths";
import { cssColor, LIGHT_THEME } from "../../src/engine/theme";
import type { Camera, DisplayList, Shape } from "../../src/engine/types";
import { displayList } from "./shapes";
import type { Subject } from "./subject";

export function plain(container: HTMLElement): Subject {
  const canvas = document.createElement("canvas");
  canvas.width = container.clientWidth;
  canvas.height = container.clientHeight;
  container.append(canvas);
  const context = canvas.getContext("2d", { alpha: false });
  if (context === null) throw new Error("no 2D context");
  let drawn: { shape: Shape; list: DisplayList; dx: number; dy: number }[] = [];
  let grabbed: typeof drawn = [];
  let camera: Camera = { x: 0, y: 0, zoom: 1 };
  const draw = (): void => {
    const z = camera.zoom;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = LIGHT_THEME.paper;
    context.fillRect(0, 0, canvas.width, canvas.height);
    for (const { shape, list, dx, dy } of drawn) {
      const m = placement(shape.x + dx, shape.y + dy, shape.width, shape.height, shape.rotation);
      context.setTransform(z * m.a, z * m.b, z * m.c, z * m.d, z * (m.e - camera.x), z * (m.f - camera.y));
      drawItems(context, list);
    }
  };
  return {
    async load(shapes) {
      drawn = shapes.map((shape) => ({ shape, list: displayList(shape), dx: 0, dy: 0 }));
      draw();
    },
    setCamera(next) {
      camera = next;
      draw();
    },
    grab(shapes) {
      const set = new Set(shapes);
      grabbed = drawn.filter(({ shape }) => set.has(shape));
    },
    drag(dx, dy) {
      for (const entry of grabbed) Object.assign(entry, { dx, dy });
      draw();
    },
    release() {},
    destroy() {
      canvas.remove();
    },
  };
}

function drawItems(context: CanvasRenderingContext2D, list: DisplayList): void {
  for (const item of list.items) {
    if (item.kind === "path") {
      const path = new Path2D();
      walkPath(item.data, path);
      if (item.fill !== null) {
        context.fillStyle = cssColor(item.fill, LIGHT_THEME);
        context.fill(path);
      }
      if (item.stroke !== null) {
        context.strokeStyle = cssColor(item.stroke.color, LIGHT_THEME);
        context.lineWidth = item.stroke.width;
        context.stroke(path);
      }
    } else if (item.kind === "text") {
      context.font = `400 ${item.style.size}px sans-serif`;
      context.textAlign = "center";
      context.fillStyle = LIGHT_THEME.ink;
      context.fillText(item.content, item.area.x + item.area.width / 2, item.area.y + item.area.height / 2);
    }
  }
}
