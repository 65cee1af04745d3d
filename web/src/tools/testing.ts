/** A fluent driver of the editor for tests: pointers and keys in, document and selection out. No browser needed. */

import { type ActionContext, runAction } from "../actions/registry";
import { SharedDocument } from "../document/document";
import { compareOrder } from "../document/order-key";
import type { Operation } from "../document/shape";
import { Editor } from "../editor/editor";
import { ShapeCatalog } from "../editor/shape-catalog";
import { center, turn } from "../editor/transform";
import type {
  CanvasEngine,
  HandleName,
  HitOptions,
  LabelName,
  OverlayModel,
  PlacedLabel,
  Point,
  Rect,
  Shape,
  TurnedBox,
} from "../engine/types";
import type { ShapeTypeDescription } from "../plugins/types";
import { FakeRoom } from "../sync/fake-room";
import { SyncClient } from "../sync/sync-client";
import { box, claimOf, MemoryOutbox } from "../sync/testing";
import { InterfaceState } from "../ui/interface-state";
import type { PointerInput } from "./tool";

type Modifiers = Partial<Pick<PointerInput, "shift" | "alt" | "mod" | "touch">>;

const HANDLES: Record<HandleName, Point> = {
  nw: { x: 0, y: 0 },
  n: { x: 0.5, y: 0 },
  ne: { x: 1, y: 0 },
  e: { x: 1, y: 0.5 },
  se: { x: 1, y: 1 },
  s: { x: 0.5, y: 1 },
  sw: { x: 0, y: 1 },
  w: { x: 0, y: 0.5 },
  rotate: { x: 0.5, y: -1 },
};

const LABEL: Omit<PlacedLabel, "rect" | "rotation"> = {
  prop: "text",
  style: {
    font: "sans",
    size: 16,
    weight: 400,
    italic: false,
    align: "left",
    verticalAlign: "top",
    lineHeight: 1.25,
    wrap: true,
    color: "ink",
  },
  fit: "none",
  margin: { width: 0, height: 0 },
};

/** The engine without pixels: shapes are their boxes, all of them lie on the canvas itself. */
export class FakeEngine implements CanvasEngine {
  shapes = new Map<string, Shape>();
  dynamic: string[] = [];
  model: OverlayModel | null = null;
  hidden: LabelName | null = null;
  /** The labels of every shape, as far as they differ from one over its whole box. */
  labels: Partial<PlacedLabel>[] = [{}];
  camera = { x: 0, y: 0, zoom: 1 };
  readonly size = { width: 1000, height: 800 };

  setShapes(shapes: Iterable<Shape>) {
    this.shapes = new Map([...shapes].map((shape) => [shape.id, shape]));
  }
  applyChanges({ changed = [], removed = [] }: { changed?: readonly Shape[]; removed?: readonly string[] }) {
    for (const shape of changed) this.shapes.set(shape.id, shape);
    for (const id of removed) this.shapes.delete(id);
  }
  shape(id: string) {
    return this.shapes.get(id);
  }
  zoomAt() {}
  fit() {}
  fitAll() {}
  screenToCanvas({ x, y }: Point) {
    return { x: x / this.camera.zoom + this.camera.x, y: y / this.camera.zoom + this.camera.y };
  }
  canvasToScreen({ x, y }: Point) {
    return { x: (x - this.camera.x) * this.camera.zoom, y: (y - this.camera.y) * this.camera.zoom };
  }
  canvasToParent(_id: string, point: Point) {
    return point;
  }
  hitTest(point: Point, options?: HitOptions) {
    return this.hitTestAll(point, options)[0] ?? null;
  }
  hitTestAll(point: Point, { exclude }: HitOptions = {}) {
    return this.order()
      .reverse()
      .filter((id) => {
        const shape = this.shapes.get(id);
        if (!shape || exclude?.has(id)) return false;
        const local = turn(point, center(shape), -shape.rotation);
        const { x, y, width, height } = shape;
        return local.x >= x && local.y >= y && local.x <= x + width && local.y <= y + height;
      });
  }
  query({ x, y, width, height }: Rect) {
    return this.order().filter((id) => {
      const bounds = this.boundsOf([id]);
      if (!bounds) return false;
      const beside = bounds.x > x + width || bounds.x + bounds.width < x;
      return !beside && bounds.y <= y + height && bounds.y + bounds.height >= y;
    });
  }
  boundsOf(ids: Iterable<string>): Rect | null {
    const corners = [...ids].flatMap((id) => {
      const shape = this.shapes.get(id);
      if (!shape) return [];
      const { x, y, width, height } = shape;
      const all = [
        { x, y },
        { x: x + width, y },
        { x, y: y + height },
        { x: x + width, y: y + height },
      ];
      return all.map((corner) => turn(corner, center(shape), shape.rotation));
    });
    if (corners.length === 0) return null;
    const xs = corners.map(({ x }) => x);
    const ys = corners.map(({ y }) => y);
    const [x, y] = [Math.min(...xs), Math.min(...ys)];
    return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
  }
  boxOf(id: string): TurnedBox | null {
    const shape = this.shapes.get(id);
    if (!shape) return null;
    const { x, y, width, height, rotation } = shape;
    return { rect: { x, y, width, height }, rotation };
  }
  contentBounds() {
    return this.boundsOf(this.shapes.keys());
  }
  order() {
    return [...this.shapes.values()].sort(compareOrder).map(({ id }) => id);
  }
  setDynamic(ids: Iterable<string>) {
    this.dynamic = [...ids];
  }
  setOverlay(model: OverlayModel | null) {
    this.model = model;
  }
  /** Where a handle is on screen; null: it is not shown. */
  handle(name: HandleName): Point | null {
    const frame = this.model?.box;
    if (!frame?.handles.includes(name)) return null;
    const { x, y, width, height } = frame.rect;
    const at = name === "rotate" ? { x: x + width / 2, y: y - 24 } : HANDLES[name];
    const point = name === "rotate" ? at : { x: x + width * at.x, y: y + height * at.y };
    return this.canvasToScreen(turn(point, center(frame.rect), frame.rotation));
  }
  handleAt(screen: Point) {
    const names = Object.keys(HANDLES) as HandleName[];
    return (
      names.find((name) => {
        const at = this.handle(name);
        return at !== null && Math.hypot(at.x - screen.x, at.y - screen.y) < 6;
      }) ?? null
    );
  }
  setTheme() {}
  setHiddenText(label: LabelName | null) {
    this.hidden = label;
  }
  labelAreas(id: string): PlacedLabel[] {
    const box = this.boxOf(id);
    if (!box) return [];
    return this.labels.map((label) => ({
      ...box,
      ...LABEL,
      ...label,
      style: { ...LABEL.style, ...label.style },
    }));
  }
  labelArea({ id, prop }: LabelName) {
    return this.labelAreas(id).find((label) => prop === null || label.prop === prop) ?? null;
  }
  anchorsOf() {
    return [];
  }
  problemOf() {
    return null;
  }
  onFrame() {
    return () => {};
  }
  onCamera() {
    return () => {};
  }
  async settled() {}
  destroy() {}
}

function type(name: string, fields: Partial<ShapeTypeDescription> = {}): ShapeTypeDescription {
  return {
    name,
    label: name,
    icon: "",
    shortcut: null,
    default_size: { width: 100, height: 60 },
    default_props: {},
    props_schema: { type: "object", properties: {} },
    creation: "box",
    resize: "free",
    connectable: true,
    references: [],
    version: 1,
    ...fields,
  };
}

const MIRROR = { horizontal: "leftwards", vertical: "upwards" };
const NOT_MIRRORED = { leftwards: false, upwards: false };

const TYPES = [
  type("rectangle", { shortcut: "r" }),
  type("circle", { resize: "keep-aspect", default_size: { width: 80, height: 80 } }),
  type("line", { mirror: MIRROR, default_props: NOT_MIRRORED }),
  type("text", { resize: "width-only", width_chosen: "chosen", default_props: { text: "", chosen: false } }),
  type("stamp", { creation: "click", resize: "fixed" }),
  type("note", { creation: "click", default_props: { text: "" } }),
  type("polyline", { creation: "points" }),
  type("pen", { creation: "freehand" }),
  type("arrow", {
    creation: "connect",
    connectable: false,
    references: ["from", "to", "through"],
    mirror: MIRROR,
    default_props: { ...NOT_MIRRORED, from: null, to: null, through: [] },
    version: 3,
  }),
];

/** An editor with an engine and a room that live in memory. */
export class EditorDriver {
  readonly room = new FakeRoom();
  readonly engine = new FakeEngine();
  readonly editor: Editor;
  readonly sync: SyncClient;
  readonly context: ActionContext;
  #pointer: Point = { x: 0, y: 0 };
  #modifiers: Modifiers = {};

  private constructor() {
    const document = new SharedDocument();
    const outbox = new MemoryOutbox();
    this.sync = new SyncClient({
      user: "u",
      project: "p",
      document,
      loadSnapshot: () => this.room.snapshot(),
      probe: async () => undefined,
      openSocket: this.room.open,
      outbox,
      claim: claimOf("me", outbox),
    });
    const catalog = new ShapeCatalog();
    const plugin = {
      name: "basic",
      version: "1",
      digest: "d",
      entry: "/plugins/d/plugin.js",
      state: "ok" as const,
    };
    catalog.set([{ ...plugin, shape_types: TYPES }]);
    this.editor = new Editor({
      document,
      engine: this.engine,
      sync: this.sync,
      catalog,
      nextFrame: (run) => run(),
    });
    this.context = { editor: this.editor, ui: new InterfaceState() };
  }

  /** An editor that is online, with these operations done by somebody else. */
  static async with(...operations: Operation[]): Promise<EditorDriver> {
    const driver = new EditorDriver();
    if (operations.length > 0) driver.room.edit(...operations);
    await driver.sync.start();
    for (let turns = 0; turns < 20; turns++) await Promise.resolve();
    return driver;
  }

  /** Keys held from now on. */
  holding(modifiers: Modifiers): this {
    this.#modifiers = modifiers;
    return this;
  }

  pointerDown(x: number, y: number): this {
    this.editor.tools.pointerDown(this.#input(x, y));
    return this;
  }

  pointerMove(x: number, y: number): this {
    this.editor.tools.pointerMove(this.#input(x, y));
    return this;
  }

  pointerUp(): this {
    this.editor.tools.pointerUp(this.#input(this.#pointer.x, this.#pointer.y));
    return this;
  }

  click(x: number, y: number): this {
    return this.pointerDown(x, y).pointerUp();
  }

  doubleClick(x: number, y: number): this {
    this.click(x, y).click(x, y);
    this.editor.tools.doubleClick(this.#input(x, y));
    return this;
  }

  drag(from: Point, to: Point): this {
    const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
    return this.pointerDown(from.x, from.y)
      .pointerMove(middle.x, middle.y)
      .pointerMove(to.x, to.y)
      .pointerUp();
  }

  dragHandle(name: HandleName, by: Point): this {
    const from = this.engine.handle(name);
    if (!from) throw new Error(`the handle ${name} is not shown`);
    return this.drag(from, { x: from.x + by.x, y: from.y + by.y });
  }

  key(key: string, shift = false): this {
    return this.holdKey(key, shift).letKeyGo();
  }

  /** A key goes down, or repeats while it is held. */
  holdKey(key: string, shift = false): this {
    this.editor.tools.keyDown({ key, shift });
    return this;
  }

  letKeyGo(): this {
    this.editor.tools.keyUp();
    return this;
  }

  tool(name: string): this {
    this.editor.tools.choose(name);
    return this;
  }

  run(action: string): this {
    if (!runAction(this.context, action)) throw new Error(`${action} is not possible now`);
    return this;
  }

  select(...ids: string[]): this {
    this.editor.select(ids);
    return this;
  }

  /** Somebody else's edit arrives. */
  remote(...operations: Operation[]): this {
    this.room.edit(...operations);
    this.room.tick();
    return this;
  }

  get selection(): readonly string[] {
    return this.editor.selection.value;
  }

  get state(): string {
    return this.editor.tools.current.value.name;
  }

  /** Back to front. */
  get ids(): string[] {
    return this.engine.order();
  }

  shape(id: string): Shape {
    const shape = this.editor.document.get(id);
    if (!shape) throw new Error(`there is no shape ${id}; there are ${this.ids.join(", ")}`);
    return shape;
  }

  /** The one shape that is selected. */
  get selected(): Shape {
    const [id, ...more] = this.selection;
    if (id === undefined || more.length > 0)
      throw new Error(`one shape should be selected, not ${this.selection.length}`);
    return this.shape(id);
  }

  #input(x: number, y: number): PointerInput {
    this.#pointer = { x, y };
    const screen = { x, y };
    const canvas = this.engine.screenToCanvas(screen);
    return { screen, canvas, shift: false, alt: false, mod: false, touch: false, ...this.#modifiers };
  }
}

/** A rectangle at a place, 100 by 60 unless told. */
export function rectangle(id: string, x: number, y: number, fields: Record<string, unknown> = {}): Operation {
  const { put } = box(id) as { put: Record<string, unknown> };
  return { put: { ...put, x, y, width: 100, height: 60, index: `V${id}`, ...fields } } as Operation;
}
