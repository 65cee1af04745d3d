/**
 * The editor: the document, the engine that draws it, and what a person does with them. Tools, actions and the interface
 * work through it; it knows nothing of React. Per-frame state stays here, in signals.
 */

import type { DocumentChange, SharedDocument } from "../document/document";
import { compareOrder } from "../document/order-key";
import { type OrderRoom, roomOnTop } from "../document/order-room";
import { isLocked, type Operation, type Shape, UNREADABLE_TYPE } from "../document/shape";
import type { CanvasEngine, Json, LabelName, Point, Rect } from "../engine/types";
import { Happening, Signal } from "../reactive/signal";
import type { SyncClient } from "../sync/sync-client";
import { ToolMachine } from "../tools/tool-machine";
import { Following } from "./following";
import { History } from "./history";
import { composeOverlay } from "./overlay";
import type { ShapeCatalog } from "./shape-catalog";
import { fitToText, type MeasureText } from "./text-fit";

/** What the editor needs of the sync client. */
export type EditorSync = Pick<SyncClient, "state" | "people" | "presence" | "submit" | "mayEdit">;

export interface EditorOptions {
  document: SharedDocument;
  engine: CanvasEngine;
  sync: EditorSync;
  catalog: ShapeCatalog;
  /** Runs something in the next frame. */
  nextFrame?: (run: () => void) => void;
}

export interface Notice {
  title: string;
  message: string;
  /** What somebody wrote and would lose. */
  written?: string;
}

export class Editor {
  readonly document: SharedDocument;
  readonly engine: CanvasEngine;
  readonly sync: EditorSync;
  readonly catalog: ShapeCatalog;
  readonly history: History;
  readonly tools: ToolMachine;
  readonly following: Following;

  readonly selection = new Signal<readonly string[]>([]);
  readonly hovered = new Signal<string | null>(null);
  readonly marquee = new Signal<Rect | null>(null);
  /** A line is under way whose points undo takes back before anything else. */
  readonly drafting = new Signal(false);
  /** The text that is being edited. */
  readonly editingLabel = new Signal<LabelName | null>(null);
  /** Grows with each change of the document, for what is derived from it. */
  readonly revision = new Signal(0);
  /** Something went wrong that a person should see. */
  readonly notices = new Happening<Notice>();
  /** Where the pointer was last, on the canvas. */
  pointer: Point | null = null;

  readonly #nextFrame: (run: () => void) => void;
  readonly #ends: (() => void)[] = [];
  #overlayAwaited = false;
  /** Selected shapes that were not there when the canvas began anew: who made them may still hand them in. */
  #mislaid: readonly string[] = [];

  constructor({ document, engine, sync, catalog, nextFrame }: EditorOptions) {
    this.document = document;
    this.engine = engine;
    this.sync = sync;
    this.catalog = catalog;
    this.#nextFrame = nextFrame ?? ((run) => requestAnimationFrame(run));
    this.history = new History((id) => document.get(id));
    this.tools = new ToolMachine(this);
    this.following = new Following(engine, sync.people);
    this.#ends.push(
      document.onChange((change) => this.#documentChanged(change)),
      engine.onCamera(() => this.#cameraChanged()),
      sync.people.others.subscribe(() => this.refreshOverlay()),
      sync.state.subscribe(() => {
        this.tools.changed();
        this.refreshOverlay();
      }),
      this.selection.subscribe(() => this.#selectionChanged()),
      this.tools.current.subscribe(() => this.refreshOverlay()),
      ...[this.hovered, this.marquee, this.editingLabel].map((signal) =>
        signal.subscribe(() => this.refreshOverlay()),
      ),
    );
  }

  destroy(): void {
    this.tools.interrupt();
    for (const end of this.#ends) end();
    this.following.stop();
  }

  get mayEdit(): boolean {
    return this.sync.mayEdit;
  }

  /** Applies operations at once; false when this person may not edit. Part of the gesture that is under way, if any. */
  edit(operations: readonly Operation[]): boolean {
    if (!this.mayEdit || operations.length === 0) return false;
    this.history.record(operations);
    return this.sync.submit(operations, this.history.gesture);
  }

  /** Ends the gesture under way and brings everything back to where it began. */
  cancelGesture(): void {
    this.sync.submit(this.history.cancel());
  }

  undo(): void {
    if (this.tools.undo()) return;
    this.tools.interrupt();
    this.sync.submit(this.history.undo());
  }

  redo(): void {
    this.tools.interrupt();
    this.sync.submit(this.history.redo());
  }

  select(ids: Iterable<string>): void {
    this.#mislaid = [];
    const known = [...new Set(ids)].filter((id) => this.document.get(id));
    const { value } = this.selection;
    if (known.length === value.length && known.every((id, place) => id === value[place])) return;
    this.selection.value = known;
  }

  selectedShapes(): Shape[] {
    return this.selection.value.flatMap((id) => this.document.get(id) ?? []);
  }

  /** The selected shapes that may be changed, without those that move along with a selected parent. */
  movableSelection(): Shape[] {
    const selected = new Set(this.selection.value);
    return this.selectedShapes().filter(
      (shape) => this.mayChange(shape) && !this.#hasAncestorIn(shape, selected),
    );
  }

  mayChange(shape: Shape): boolean {
    return this.mayEdit && !shape.locked && shape.type !== UNREADABLE_TYPE;
  }

  /** The middle of what is seen, on the canvas. */
  get middle(): Point {
    const { width, height } = this.engine.size;
    return this.engine.screenToCanvas({ x: width / 2, y: height / 2 });
  }

  /** Shapes directly in a parent (null: the canvas), back to front. */
  siblings(parent: string | null): Shape[] {
    return [...this.document.shapes()].filter((shape) => shape.parent === parent).sort(compareOrder);
  }

  /** Order keys above everything on the canvas, and what makes room for them. */
  roomOnTop(count: number): OrderRoom {
    const siblings = [...this.document.shapes()].filter(({ parent }) => parent === null);
    return roomOnTop(siblings, count, (shape) => this.mayChange(shape));
  }

  /** Sets props of the selected shapes, and the sizes that follow from them: one step of undo. */
  setProps(props: { [key: string]: Json }, measure?: MeasureText): void {
    const shapes = this.selectedShapes().filter((shape) => this.mayChange(shape));
    if (!this.edit(shapes.map(({ id }) => ({ patch: { id, props } })))) return;
    const { latest } = this.history;
    // The size of a text is known once it has been drawn in its new style.
    void this.engine.settled().then(() => {
      const still = shapes.flatMap(({ id }) => this.document.get(id) ?? []);
      const fitting = still.filter((shape) => this.mayChange(shape));
      const operations = fitting.flatMap(({ id }) => fitToText(this, id, measure));
      if (latest && this.history.follow(latest, operations)) this.sync.submit(operations);
    });
  }

  /** A shape and everything that lies in it. */
  withDescendants(ids: Iterable<string>): string[] {
    const found = new Set(ids);
    const children = new Map<string, string[]>();
    for (const { id, parent } of this.document.shapes()) {
      if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), id]);
    }
    for (const id of found) for (const child of children.get(id) ?? []) found.add(child);
    return [...found];
  }

  /** The shapes in which, at any depth, a locked one lies. */
  holdingLocked(): Set<string> {
    const holding = new Set<string>();
    for (const shape of this.document.shapes()) {
      let parent = isLocked(shape) ? shape.parent : null;
      while (parent !== null && !holding.has(parent)) {
        holding.add(parent);
        parent = this.document.get(parent)?.parent ?? null;
      }
    }
    return holding;
  }

  /** Draws handles, cursors and frames anew in the next frame. */
  refreshOverlay(): void {
    if (this.#overlayAwaited) return;
    this.#overlayAwaited = true;
    this.#nextFrame(() => {
      this.#overlayAwaited = false;
      this.engine.setOverlay(composeOverlay(this));
    });
  }

  /** Notes where the pointer is, for others to see. */
  showPointer(canvas: Point | null): void {
    this.pointer = canvas;
    const cursor = canvas ? ([rounded(canvas.x), rounded(canvas.y)] as [number, number]) : undefined;
    this.sync.presence.show({ cursor });
  }

  #hasAncestorIn(shape: Shape, ids: ReadonlySet<string>): boolean {
    const seen = new Set<string>();
    for (let id = shape.parent; id !== null && !seen.has(id); id = this.document.get(id)?.parent ?? null) {
      if (ids.has(id)) return true;
      seen.add(id);
    }
    return false;
  }

  #documentChanged({ reset, changed, removed }: DocumentChange): void {
    if (reset) this.engine.setShapes(changed);
    else this.engine.applyChanges({ changed, removed });
    if (reset || removed.length > 0) {
      this.#keepSelection(reset);
      if (this.hovered.value && !this.document.get(this.hovered.value)) this.hovered.value = null;
    }
    if (this.#mislaid.some((id) => this.document.get(id))) this.#keepSelection(true);
    this.revision.value++;
    this.tools.changed();
    this.refreshOverlay();
  }

  /** Selects what there is of the selection. Where the canvas began anew, what is not there may come back. */
  #keepSelection(mayReturn: boolean): void {
    const wanted = mayReturn ? [...this.selection.value, ...this.#mislaid] : this.selection.value;
    const mislaid = mayReturn ? [] : this.#mislaid;
    this.select(wanted);
    this.#mislaid = [...mislaid, ...wanted.filter((id) => mayReturn && !this.document.get(id))];
  }

  #selectionChanged(): void {
    this.sync.presence.show({ selection: this.selection.value.slice(0, 1000) });
    this.refreshOverlay();
  }

  #cameraChanged(): void {
    this.sync.presence.show({ viewport: this.following.viewport });
    this.refreshOverlay();
  }
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
