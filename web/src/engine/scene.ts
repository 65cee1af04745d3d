/**
 * All shapes of the canvas, ready to be drawn, hit and searched. Changes come in by `apply`, pictures by `answer`;
 * what has to be drawn again goes out through `damage`.
 */

import { type Content, Contents } from "./contents";
import { Damage } from "./damage";
import type { Bounds } from "./geometry";
import { forEachWithin, parentOf } from "./hierarchy";
import { SceneNode } from "./node";
import { Picture } from "./picture";
import { placeholder } from "./placeholder";
import { References } from "./references";
import { SpatialIndex } from "./spatial-index";
import { Stacking } from "./stacking";
import type { LabelName, Shape, ShapeChanges } from "./types";

/** From so many added shapes on, sorting once beats placing each. */
const BULK = 64;

/** How far a change runs along a chain of connectors at once. */
const REFERENCE_ROUNDS = 3;

/** Numbers that are none would spoil the index for everybody (S2): such a shape lies at the origin. */
function sound(shape: Shape): Shape {
  const { x, y, width, height, rotation, opacity } = shape;
  if (Number.isFinite(x + y + width + height + rotation + opacity) && width >= 0 && height >= 0) return shape;
  const or = (value: number, other: number): number => (Number.isFinite(value) ? value : other);
  return {
    ...shape,
    x: or(x, 0),
    y: or(y, 0),
    width: Math.max(0, or(width, 100)),
    height: Math.max(0, or(height, 100)),
    rotation: or(rotation, 0),
    opacity: or(opacity, 1),
  };
}

/** Whether an edit leaves the picture itself as it is. */
function sameLook(a: Shape, b: Shape): boolean {
  if (a.type !== b.type || a.version !== b.version) return false;
  return a.width === b.width && a.height === b.height && a.props === b.props;
}

function samePlace(a: Shape, b: Shape): boolean {
  return (
    a.x === b.x &&
    a.y === b.y &&
    a.width === b.width &&
    a.height === b.height &&
    a.rotation === b.rotation &&
    a.opacity === b.opacity
  );
}

/** What came back for a content: a picture or the reason why there is none. */
export interface Answer {
  content: Content;
  picture: Picture | null;
  problem: string | null;
}

export class Scene {
  readonly nodes = new Map<string, SceneNode>();
  readonly index = new SpatialIndex();
  readonly damage = new Damage();
  readonly contents = new Contents();
  /** Nodes on the layer for what moves. */
  readonly dynamicNodes = new Set<SceneNode>();
  private readonly stacking = new Stacking();
  private readonly references = new References();
  private readonly withParent = new Set<SceneNode>();
  /** Nodes whose referred geometry may have changed in this batch. */
  private readonly unsettled = new Set<SceneNode>();

  /** `referenceProps` tells which props of a shape type name other shapes. */
  constructor(private readonly referenceProps: (type: string) => readonly string[]) {}

  /** Back to front. */
  order(): readonly SceneNode[] {
    return this.stacking.order();
  }

  replaceAll(shapes: Iterable<Shape>): void {
    const list = [...shapes];
    const kept = new Set(list.map((shape) => shape.id));
    const removed = [...this.nodes.keys()].filter((id) => !kept.has(id));
    this.damage.addAll();
    this.apply({ changed: list, removed });
  }

  apply({ changed = [], removed = [] }: ShapeChanges): void {
    this.index.expect(changed.length + removed.length);
    const bulk = changed.length > BULK && changed.some((shape) => !this.nodes.has(shape.id));
    if (bulk) this.stacking.beginBulk();
    const kept = new Set(removed.length > 0 ? changed.map((shape) => shape.id) : []);
    let relink = false;
    for (const id of removed) if (!kept.has(id)) relink = this.remove(id) || relink;
    const moved: SceneNode[] = [];
    for (const shape of changed) relink = this.put(sound(shape), moved) || relink;
    if (relink) this.relinkParents(moved);
    if (bulk) this.stacking.endBulk();
    for (const node of moved) if (!node.removed) this.move(node);
    this.settleReferences();
  }

  /** Brings in answers: every shape of these contents shows them from now on. */
  answer(answers: readonly Answer[]): void {
    const grown: SceneNode[] = [];
    for (const { content, picture, problem } of answers) {
      content.answer(picture, problem);
      for (const node of content.users) if (!this.showContent(node, content)) grown.push(node);
    }
    this.index.expect(grown.length);
    for (const node of grown) this.move(node);
    this.settleReferences();
  }

  /** Asks again for the pictures of these types. */
  invalidate(types: ReadonlySet<string> | "all"): void {
    this.contents.invalidate(types);
    for (const node of this.nodes.values()) {
      if (types === "all" || types.has(node.shape.type)) this.unsettled.add(node);
    }
    this.settleReferences();
  }

  /** Makes these nodes, and what lies in them, the ones that move; gives back those that rest again. */
  setDynamic(ids: Iterable<string>): SceneNode[] {
    const wanted = new Set<SceneNode>();
    for (const id of ids) {
      const node = this.nodes.get(id);
      if (node !== undefined) forEachWithin(node, (inner) => wanted.add(inner));
    }
    const changed: SceneNode[] = [];
    for (const node of this.dynamicNodes) if (!wanted.has(node)) changed.push(node);
    const resting = changed.slice();
    for (const node of wanted) if (!node.dynamic) changed.push(node);
    this.index.expect(changed.length);
    for (const node of changed) this.changeLayer(node, wanted.has(node));
    this.damage.moving = true;
    return resting;
  }

  /** Leaves out the text of one label of a shape; null: of none. */
  hideText(id: string, label: LabelName | null): void {
    const node = this.nodes.get(id);
    if (node === undefined || node.hiddenLabel === label) return;
    node.hiddenLabel = label;
    this.spoil(node);
  }

  private changeLayer(node: SceneNode, dynamic: boolean): void {
    this.index.remove(node);
    node.dynamic = dynamic;
    this.index.add(node);
    if (dynamic) this.dynamicNodes.add(node);
    else this.dynamicNodes.delete(node);
    this.damage.add(node);
  }

  /** Takes in one shape. Gives back whether parents have to be looked at anew. */
  private put(shape: Shape, moved: SceneNode[]): boolean {
    const node = this.nodes.get(shape.id);
    if (node === undefined) return this.create(shape, moved);
    const old = node.shape;
    const restack = old.index !== shape.index;
    if (restack) this.stacking.remove(node);
    node.shape = shape;
    if (restack) this.stacking.add(node);
    if (!sameLook(old, shape)) this.unsettled.add(node);
    if (restack || !sameLook(old, shape) || !samePlace(old, shape)) moved.push(node);
    if (old.parent === shape.parent) return false;
    if (shape.parent === null) this.withParent.delete(node);
    else this.withParent.add(node);
    if (shape.parent === null) this.reparent(node, null);
    moved.push(node);
    return true;
  }

  private create(shape: Shape, moved: SceneNode[]): boolean {
    const node = new SceneNode(shape);
    this.nodes.set(shape.id, node);
    if (shape.parent !== null) this.withParent.add(node);
    this.stacking.add(node);
    this.unsettled.add(node);
    for (const referrer of this.references.of(shape.id)) this.unsettled.add(referrer);
    moved.push(node);
    return this.withParent.size > 0;
  }

  private remove(id: string): boolean {
    const node = this.nodes.get(id);
    if (node === undefined) return false;
    this.spoil(node);
    this.index.remove(node);
    this.stacking.remove(node);
    this.references.forget(node);
    this.contents.release(node);
    this.withParent.delete(node);
    this.dynamicNodes.delete(node);
    this.unsettled.delete(node);
    this.nodes.delete(id);
    node.removed = true;
    for (const referrer of this.references.of(id)) this.unsettled.add(referrer);
    return this.withParent.size > 0;
  }

  private relinkParents(moved: SceneNode[]): void {
    for (const node of this.withParent) {
      const parent = parentOf(node, this.nodes);
      if (parent === node.parent) continue;
      this.reparent(node, parent);
      moved.push(node);
    }
  }

  private reparent(node: SceneNode, parent: SceneNode | null): void {
    if (node.parent === parent) return;
    this.stacking.remove(node);
    node.parent = parent;
    this.stacking.add(node);
  }

  /** Places a node and what lies in it anew. */
  private move(node: SceneNode): void {
    forEachWithin(node, (inner) => {
      if (inner.indexed) this.spoil(inner);
      this.index.remove(inner);
      inner.place();
      this.index.add(inner);
      this.spoil(inner);
      this.noteGeometry(inner);
    });
  }

  private noteGeometry(node: SceneNode): void {
    if (!this.references.any) return;
    for (const referrer of this.references.of(node.shape.id)) this.unsettled.add(referrer);
    if (this.referenceProps(node.shape.type).length > 0) this.unsettled.add(node);
  }

  /** Finds the content of every node whose look may have changed. Pictures that are there are shown at once. */
  private settleReferences(): void {
    // Showing a picture brings anchors that others refer to, which gives those a new look: another round. Shapes
    // that refer to each other in a circle go on with the plugins' next answers instead of in this loop.
    for (let round = 0; round < REFERENCE_ROUNDS && this.unsettled.size > 0; round++) {
      const nodes = [...this.unsettled];
      this.unsettled.clear();
      for (const node of nodes) if (!node.removed) this.settleContent(node);
    }
  }

  private settleContent(node: SceneNode): void {
    const references = this.references.update(node, this.referenceProps(node.shape.type), this.nodes);
    const before = node.content;
    const content = this.contents.assign(node, references);
    if (content === before || content.state !== "answered") return;
    if (!this.showContent(node, content)) this.move(node);
  }

  /** Lets a node show an answer. Gives back whether that is all: otherwise it has another box and must be moved. */
  private showContent(node: SceneNode, content: Content): boolean {
    const { width, height } = node.shape;
    const problem = content.problem;
    node.picture = problem === null ? content.picture : new Picture(placeholder(width, height, problem));
    node.pictureWidth = width;
    node.pictureHeight = height;
    if (!node.keepsBounds()) return false;
    this.spoil(node);
    this.noteGeometry(node);
    return true;
  }

  private spoil(node: Bounds & { dynamic: boolean }): void {
    if (node.dynamic) this.damage.moving = true;
    else this.damage.add(node);
  }
}
