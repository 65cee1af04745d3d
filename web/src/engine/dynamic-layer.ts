/** The layer of what moves: drawn whole, from its own shapes only, above what rests. */

import type { DrawingBackend, Surface, View } from "./backend";
import { intersects } from "./geometry";
import type { SceneNode } from "./node";
import { canvasBounds, type Painter, sortByRank } from "./painter";
import type { Scene } from "./scene";

export class DynamicLayer {
  private readonly surface: Surface;
  /** Nodes that rest again but are not in the picture of what rests yet: drawn here until they are. */
  private settling: SceneNode[] = [];
  private blank = true;
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
    this.scene.damage.moving = true;
  }

  keep(nodes: readonly SceneNode[]): void {
    this.settling.push(...nodes);
  }

  /** Tells that the picture of what rests is whole. */
  settle(): void {
    if (this.settling.length === 0) return;
    this.settling = [];
    this.scene.damage.moving = true;
  }

  /** Draws if it must; gives back how many nodes. */
  draw(view: View, viewChanged: boolean): number {
    const { damage, dynamicNodes } = this.scene;
    const empty = dynamicNodes.size === 0 && this.settling.length === 0;
    if (empty && this.blank) {
      damage.moving = false;
      return 0;
    }
    if (!damage.moving && !viewChanged) return 0;
    damage.moving = false;
    const { width, height } = this.surface;
    const region = { minX: 0, minY: 0, maxX: width, maxY: height };
    const sight = canvasBounds(region, view);
    const inSight = [...dynamicNodes, ...this.settling].filter(
      (node) => !node.removed && intersects(node, sight),
    );
    const nodes = sortByRank(inSight, this.scene.order());
    this.surface.begin(region, view);
    this.painter.paint(this.surface, nodes, 0, nodes.length, view.scale / this.pixelRatio);
    this.surface.end();
    if (this.blank !== empty) this.surface.show(!empty);
    this.blank = empty;
    return nodes.length;
  }

  destroy(): void {
    this.surface.destroy();
  }
}
