/**
 * The words of the drawing engine: what goes in (shapes, display lists, a camera, an overlay) and what comes out
 * (hits, boxes, frame figures). Types only; `engine.ts` holds the class that implements {@link CanvasEngine}.
 *
 * Coordinates: *canvas* points are in canvas units (one CSS pixel at zoom 1), *screen* points are CSS pixels from the
 * top left corner of the engine's container, *local* points count from a shape's top left corner before rotation.
 */

/** Any JSON value, as props hold them. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** A shape as the canvas keeps it, with every field present. Never changed in place: a new edit is a new object. */
export interface Shape {
  readonly id: string;
  /** `plugin/type`, for example `basic/star`. */
  readonly type: string;
  /** The shape whose frame `x` and `y` use; null: the canvas. */
  readonly parent: string | null;
  /** Fractional order key among its siblings, compared byte by byte. */
  readonly index: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Radians, clockwise, about the centre. */
  readonly rotation: number;
  /** 0 (unseen) to 1 (solid). */
  readonly opacity: number;
  readonly locked: boolean;
  /** What the shape type defines. Keep the same object when an edit leaves the props alone: the engine then knows
   * that the picture is the same without comparing. */
  readonly props: { readonly [key: string]: Json };
  /** The version of its shape type that wrote the props, 1 or more. */
  readonly version: number;
}

export interface Point {
  x: number;
  y: number;
}

/** An upright rectangle; width and height are never negative. */
export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Which part of the canvas is seen: the canvas point at the container's top left corner, and the scale. */
export interface Camera {
  x: number;
  y: number;
  /** Screen pixels per canvas unit. */
  zoom: number;
}

/** A colour of a display list: 0xRRGGBBAA, or one that follows the theme. */
export type Color = number | "ink" | "paper" | "muted" | "accent";

/** A path in flat form: 0 x y: move; 1 x y: line; 2 x1 y1 x y: quadratic; 3 x1 y1 x2 y2 x y: cubic; 4: close. */
export type FlatPath = Float64Array;

export interface Stroke {
  color: Color;
  width: number;
  dash: readonly number[];
  cap: "butt" | "round" | "square";
  join: "miter" | "round" | "bevel";
}

export interface TextStyle {
  font: "sans" | "serif" | "mono" | "hand";
  size: number;
  weight: number;
  italic: boolean;
  align: "left" | "center" | "right";
  verticalAlign: "top" | "middle" | "bottom";
  lineHeight: number;
  wrap: boolean;
  color: Color;
}

export interface PathItem {
  kind: "path";
  data: FlatPath;
  fill: Color | null;
  stroke: Stroke | null;
}

export interface TextItem {
  kind: "text";
  content: string;
  area: Rect;
  style: TextStyle;
}

export interface ImageItem {
  kind: "image";
  asset: string;
  area: Rect;
  fit: "contain" | "cover" | "fill";
}

export type DisplayItem = PathItem | TextItem | ImageItem;

/** What a text does to the size of its shape: nothing, its height follows, or its width too. */
export type TextFit = "none" | "height" | "both";

/** Where a text of a shape is edited. */
export interface LabelArea {
  /** The top-level prop that holds the text. */
  prop: string;
  /** In local coordinates. */
  area: Rect;
  style: TextStyle;
  fit: TextFit;
}

/** A place where connectors attach, in local coordinates. */
export interface Anchor {
  name: string;
  at: Point;
  /** The angle at which a connector leaves there; null: any. */
  direction: number | null;
}

/** How a shape looks, in local coordinates: the contract's `display-list` with every path in flat form. */
export interface DisplayList {
  bounds: Rect;
  items: DisplayItem[];
  /** The closed contour that counts as the shape when it is pointed at; null: its box. */
  outline: FlatPath | null;
  labels: LabelArea[];
  anchors: Anchor[];
}

/** Where a referred shape is, in the local coordinates of the shape that refers to it. */
export interface Geometry {
  box: Rect;
  rotation: number;
  /** Its contour as it lies there; null: its box, or not known yet. */
  outline: FlatPath | null;
  anchors: Anchor[];
}

/** A shape that a prop of another one names. A prop that holds a list gives one for each of its ids. */
export interface Reference {
  prop: string;
  id: string;
  /** Null: there is no such shape. */
  geometry: Geometry | null;
}

/** What a shape type needs to draw one shape. Holds nothing that a mere move changes. */
export interface RenderRequest {
  /** For messages only. */
  id: string;
  /** `plugin/type`. */
  type: string;
  width: number;
  height: number;
  props: Shape["props"];
  /** The version of the shape type that wrote the props. */
  version: number;
  references: Reference[];
}

/** A display list, or why there is none (one sentence for people; it is shown in the placeholder). */
export type RenderAnswer = { ok: DisplayList } | { problem: string };

/** Where display lists come from: the plugin worker, or a table in tests and benchmarks. */
export interface RenderSource {
  /** The top-level props of this shape type that name other shapes; null: no enabled plugin has this type. */
  references(type: string): readonly string[] | null;
  /** Draws shapes; the answers come in the order of the requests. It never rejects: a fault is a problem for each. */
  render(requests: readonly RenderRequest[]): Promise<readonly RenderAnswer[]>;
  /** Tells when types came or went, or a plugin was set aside: what was drawn from it has to be asked for again.
   * Gives back what ends the subscription. */
  onChange(listener: (types: ReadonlySet<string> | "all") => void): () => void;
}

/** The colours of one look. Any CSS colour. */
export interface Theme {
  ink: string;
  paper: string;
  muted: string;
  accent: string;
  /** Dots of the background grid. */
  grid: string;
}

/** Which shapes changed since the last call. An id in both lists counts as changed. */
export interface ShapeChanges {
  changed?: readonly Shape[];
  removed?: readonly string[];
}

export interface HitOptions {
  /** How far off a shape's edge still counts, in screen pixels; 4 unless told. */
  tolerance?: number;
  /** Leave out locked shapes. */
  skipLocked?: boolean;
  /** Leave out these shapes, for example those being dragged. */
  exclude?: ReadonlySet<string>;
}

/** A box that may be turned: `rect` before rotation, in canvas coordinates, turned about its centre. */
export interface TurnedBox {
  rect: Rect;
  rotation: number;
}

/** Names one label of a shape. */
export interface LabelName {
  id: string;
  /** Null: the shape's first, whichever that is once it is drawn. */
  prop: string | null;
}

/** A label area placed on the canvas. */
export interface PlacedLabel extends TurnedBox {
  prop: string;
  style: TextStyle;
  fit: TextFit;
  /** How much wider and taller than the area the shape was when it was drawn. */
  margin: { width: number; height: number };
}

/** The handles of a selection box. */
export type HandleName = "nw" | "n" | "ne" | "e" | "se" | "s" | "sw" | "w" | "rotate";

/** Another person's pointer. */
export interface RemoteCursor {
  id: string;
  /** On the canvas. */
  at: Point;
  name: string;
  color: string;
}

/** What another person has selected. */
export interface RemoteSelection {
  ids: readonly string[];
  name: string;
  color: string;
}

/** Everything that lies above the shapes. All positions are on the canvas; sizes of handles and lines are on screen. */
export interface OverlayModel {
  /** Shapes whose contour is drawn in the accent colour: the selection. They are followed while they move. */
  selected?: readonly string[];
  /** The shape under the pointer. */
  hovered?: string | null;
  /** The box around the selection, with these handles. */
  box?: (TurnedBox & { handles: readonly HandleName[] }) | null;
  marquee?: Rect | null;
  /** Snap lines. */
  guides?: readonly { from: Point; to: Point }[];
  cursors?: readonly RemoteCursor[];
  remoteSelections?: readonly RemoteSelection[];
  /** Anything else. The context is in screen pixels; `toScreen` turns canvas points into them. */
  draw?: (context: CanvasRenderingContext2D, toScreen: (point: Point) => Point) => void;
}

/** What one frame did, for benchmarks and the diagnostics panel. Times are milliseconds of script. */
export interface FrameStats {
  /** How the shapes' layer came about. `none`: it did not change. */
  kind: "none" | "full" | "pan" | "patch" | "scaled" | "slice";
  scriptMs: number;
  /** Shapes drawn in this frame, all layers. */
  drawn: number;
  /** Shapes on the canvas. */
  total: number;
  /** Whether more frames will follow on their own (a time-sliced redraw is under way, display lists are awaited). */
  pending: boolean;
}

export interface EngineOptions {
  /** Positioned element that the engine fills; its size is followed. */
  container: HTMLElement;
  source: RenderSource;
  theme: Theme;
}

/** The engine as the editor sees it. Nothing here waits for a frame: changes are drawn in the next one. */
export interface CanvasEngine {
  /** Replaces all shapes. */
  setShapes(shapes: Iterable<Shape>): void;
  /** Adds, replaces and removes shapes; cheap, meant for many calls a second. */
  applyChanges(changes: ShapeChanges): void;
  /** The shape as it was last given. */
  shape(id: string): Shape | undefined;

  camera: Camera;
  /** The container's size in CSS pixels. */
  readonly size: { readonly width: number; readonly height: number };
  /** Scales by `factor` (kept within the zoom limits) so that the screen point stays where it is. */
  zoomAt(screen: Point, factor: number): void;
  /** Shows this part of the canvas, centred; never nearer than zoom 1 unless `maxZoom` says so. */
  fit(rect: Rect, padding?: number, maxZoom?: number): void;
  /** Shows all shapes; does nothing on an empty canvas. */
  fitAll(padding?: number): void;
  screenToCanvas(point: Point): Point;
  canvasToScreen(point: Point): Point;
  /** A canvas point in the frame in which this shape's `x` and `y` are written (its parent's). */
  canvasToParent(id: string, point: Point): Point;

  /** The topmost shape at a canvas point. */
  hitTest(point: Point, options?: HitOptions): string | null;
  /** All shapes at a canvas point, topmost first. */
  hitTestAll(point: Point, options?: HitOptions): string[];
  /** Shapes that touch a rectangle of the canvas (or lie wholly `inside` it), back to front. */
  query(rect: Rect, mode?: "touch" | "inside"): string[];
  /** The upright box around these shapes as they look turned, without strokes; null when none of them exists. */
  boundsOf(ids: Iterable<string>): Rect | null;
  /** A shape's own box on the canvas, parents' turns included. */
  boxOf(id: string): TurnedBox | null;
  /** The box around all shapes; null on an empty canvas. */
  contentBounds(): Rect | null;
  /** All ids back to front. */
  order(): string[];

  /** Shapes that are being changed by a gesture: they are drawn above the others on a layer of their own until the
   * next call, so that a frame costs only them. An empty list ends it. */
  setDynamic(ids: Iterable<string>): void;
  setOverlay(overlay: OverlayModel | null): void;
  /** The handle of the overlay's box at a screen point. Fingers reach further, but leave the middle for moving. */
  handleAt(screen: Point, touch?: boolean): HandleName | null;
  setTheme(theme: Theme): void;
  /** Leaves out the text of this label while it is being edited. */
  setHiddenText(label: LabelName | null): void;
  /** Where a shape's texts are edited. */
  labelAreas(id: string): PlacedLabel[];
  labelArea(label: LabelName): PlacedLabel | null;
  /** Where connectors attach to this shape, on the canvas. */
  anchorsOf(id: string): Anchor[];
  /** Why this shape is shown as a placeholder; null when it is drawn or still awaited. */
  problemOf(id: string): string | null;

  /** Called after every drawn frame. Gives back what ends the subscription. */
  onFrame(listener: (stats: FrameStats) => void): () => void;
  /** Called whenever the camera or the container's size changed, before the frame. */
  onCamera(listener: (camera: Camera) => void): () => void;
  /** Resolves once every shape in sight has its display list and is drawn sharply. */
  settled(): Promise<void>;
  destroy(): void;
}
