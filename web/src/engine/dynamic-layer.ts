/**
 * The layer of what moves: drawn from its own shapes only, above what rests. While all of them move together, as when
 * they are dragged, the browser's compositor moves the picture and nothing is drawn at all.
 */

import type { DrawingBackend, Surface, View } from "./backend";
import { sameView } from "./camera";
import { containsBounds, intersects } from "./geometry";
import type { SceneNode } from "./node";
import { canvasBounds, type Painter, sortByRank } from "./painter";
import type { Picture } from "./picture";
import type { Scene } from "./scene";

/** What the layer shows: the nodes in drawing order, and all that their pixels depend on. */
interface Drawn {
  view: View;
  nodes: SceneNode[];
  /** Seven numbers of each node: its matrix and its opacity. */
  numbers: Float64Array;
  looks: (Picture | null)[];
  /** Whether every node was wholly on the layer: then none can come into sight when all are moved. */
  whole: boolean;
}

function record(view: View, nodes: SceneNode[], whole: boolean): Drawn {
  const numbers = Float64Array.from(
    nodes.flatMap(({ a, b, c, d, e, f, opacity }) => [a, b, c, d, e, f, opacity]),
  );
  return { view, nodes, numbers, looks: nodes.map((node) => node.picture), whole };
}

/** How far all nodes moved together since they were drawn, in canvas units; null when that is not all that happened. */
export function commonShift({ nodes, numbers, looks }: Drawn): { x: number; y: number } | null {
  let shift: { x: number; y: number } | null = null;
  for (const [i, node] of nodes.entries()) {
    if (node.removed || node.picture !== looks[i] || node.sx !== 1 || node.sy !== 1) return null;
    const at = 7 * i;
    const turned = node.a !== numbers[at] || node.b !== numbers[at + 1] || node.opacity !== numbers[at + 6];
    if (turned) return null;
    const x = node.e - (numbers[at + 4] as number);
    const y = node.f - (numbers[at + 5] as number);
    shift ??= { x, y };
    // Sums of fractions differ in their last digits.
    if (Math.abs(x - shift.x) > 1e-6 || Math.abs(y - shift.y) > 1e-6) return null;
  }
  return shift;
}

export class DynamicLayer {
  private readonly surface: Surface;
  /** Nodes that rest again but are not in the picture of what rests yet: drawn here until they are. */
  private settling: SceneNode[] = [];
  private drawn: Drawn | null = null;
  private pixelRatio = 1;

  constructor(
    backend: DrawingBackend,
    container: HTMLElement,
    private readonly scene: Scene,
    private readonly painter: Painter,
  ) {
    this.surface = backend.createSurface(container, false);
    this.surface.show(false);
  }

  resize(width: number, height: number, pixelRatio: number): void {
    this.pixelRatio = pixelRatio;
    this.surface.resize(width, height, pixelRatio);
    this.forget();
  }

  /** The picture is of no use any more: the theme, the size, the nodes or what is drawn of them changed. */
  forget(): void {
    this.drawn = null;
    this.scene.damage.moving = true;
  }

  keep(nodes: readonly SceneNode[]): void {
    this.settling.push(...nodes);
    this.forget();
  }

  /** Tells that the picture of what rests is whole. */
  settle(): void {
    if (this.settling.length === 0) return;
    this.settling = [];
    this.forget();
  }

  /** Draws if it must; gives back how many nodes. */
  draw(view: View): number {
    const { damage, dynamicNodes } = this.scene;
    const viewChanged = !sameView(this.drawn?.view ?? null, view);
    if (!damage.moving && (!viewChanged || this.drawn === null)) return 0;
    damage.moving = false;
    const nodes = [...dynamicNodes, ...this.settling].filter((node) => !node.removed);
    if (nodes.length === 0) {
      this.drawn = null;
      this.surface.show(false);
      return 0;
    }
    if (this.drawn !== null && !viewChanged && this.moveAll(this.drawn)) return 0;
    return this.drawNodes(view, nodes);
  }

  destroy(): void {
    this.surface.destroy();
  }

  private moveAll(drawn: Drawn): boolean {
    if (!drawn.whole) return false;
    const shift = commonShift(drawn);
    if (shift === null) return false;
    const { scale } = drawn.view;
    this.surface.place({ scale: 1, dx: Math.round(shift.x * scale), dy: Math.round(shift.y * scale) });
    return true;
  }

  private drawNodes(view: View, all: SceneNode[]): number {
    const { width, height } = this.surface;
    const region = { minX: 0, minY: 0, maxX: width, maxY: height };
    const sight = canvasBounds(region, view);
    const inSight = all.filter((node) => intersects(node, sight));
    const whole = all.every((node) => containsBounds(sight, node));
    const nodes = sortByRank(inSight, this.scene.order());
    this.surface.begin(region, view);
    this.painter.paint(this.surface, nodes, 0, nodes.length, view.scale / this.pixelRatio);
    this.surface.end();
    this.surface.place(null);
    this.surface.show(true);
    this.drawn = record(view, nodes, whole);
    return nodes.length;
  }
}
