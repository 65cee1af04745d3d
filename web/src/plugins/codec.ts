/**
 * Answers on their way from the worker to the page: one list of numbers, which is transferred without copying, and one
 * of strings. A tree of objects would cost more to copy than to draw. Paths are read in place.
 */

import type {
  Anchor,
  Color,
  DisplayItem,
  DisplayList,
  FlatPath,
  LabelArea,
  Rect,
  RenderAnswer,
  Stroke,
  TextFit,
  TextStyle,
} from "../engine/types";
import type {
  GuestColor,
  GuestDisplayList,
  GuestItem,
  GuestLabelArea,
  GuestNormalForm,
  GuestPathData,
  GuestSegment,
  GuestStroke,
  GuestTextStyle,
} from "./guest-types";
import type { Encoded } from "./protocol";

const THEME_COLORS = ["ink", "paper", "muted", "accent"] as const;
const NO_COLOR = -5;
const CAPS = ["butt", "round", "square"] as const;
const JOINS = ["miter", "round", "bevel"] as const;
const FONTS = ["sans", "serif", "mono", "hand"] as const;
const ALIGNS = ["left", "center", "right"] as const;
const VERTICAL_ALIGNS = ["top", "middle", "bottom"] as const;
const FITS = ["contain", "cover", "fill"] as const;
const TEXT_FITS: readonly TextFit[] = ["none", "height", "both"];
const SEGMENTS = ["move-to", "line-to", "quadratic-to", "cubic-to", "close"] as const;
const ITEMS = ["path", "text", "image"] as const;
const PROBLEM = 0;
const OK = 1;

/** Numbers that one shape's picture may take: a plugin that draws more would stall everybody's page. */
export const MOST_NUMBERS = 400_000;

/** The place of a name, as the contract lists them; another name is a malformed answer. */
function placeOf(names: readonly string[], name: string): number {
  const place = names.indexOf(name);
  if (place < 0) throw new Error(`found “${name}”, expected one of ${names.join(", ")}`);
  return place;
}

const isLength = (value: number): boolean => Number.isFinite(value) && value >= 0;

/** Writes answers, in the worker. */
export class AnswerWriter {
  private numbers = new Float64Array(4096);
  private length = 0;
  private readonly strings: string[] = [];
  private readonly places = new Map<string, number>();

  /** Writes one picture. Throws, leaving what was written before, when it is malformed or too large. */
  displayList(list: GuestDisplayList): void {
    const start = this.length;
    try {
      this.number(OK);
      this.rect(list.bounds);
      this.path(list.outline);
      this.number(list.labels.length);
      for (const label of list.labels) this.label(label);
      this.number(list.anchors.length);
      for (const { name, at, direction } of list.anchors) {
        this.string(name);
        this.points(at);
        this.number(direction === undefined ? 0 : 1);
        this.number(direction ?? 0);
      }
      this.number(list.items.length);
      for (const item of list.items) this.item(item);
      if (this.length - start > MOST_NUMBERS) throw new Error(`it takes more than ${MOST_NUMBERS} numbers`);
    } catch (error) {
      this.length = start;
      throw error;
    }
  }

  /** Writes a normal form. Throws, leaving what was written before, when it is malformed. */
  normalForm({ props, size }: GuestNormalForm): void {
    if (typeof props !== "string")
      throw new Error(`found props that are ${typeof props}, expected a JSON text`);
    if (size !== undefined && !(isLength(size.width) && isLength(size.height)))
      throw new Error(`found the size ${size.width} by ${size.height}, expected numbers of 0 or more`);
    this.number(OK);
    this.string(props);
    this.number(size === undefined ? 0 : 1);
    if (size === undefined) return;
    this.number(size.width);
    this.number(size.height);
  }

  problem(code: string, message: string, path: string | undefined): void {
    this.number(PROBLEM);
    this.string(code);
    this.string(message);
    this.string(path ?? "");
  }

  finish(): Encoded {
    return { numbers: this.numbers.slice(0, this.length), strings: this.strings };
  }

  private number(value: number): void {
    // As the host: the same answer is a fault in both places.
    if (!Number.isFinite(value)) throw new Error(`it holds ${value} where a number is expected`);
    if (this.length === this.numbers.length) this.makeRoom(1);
    this.numbers[this.length++] = value;
  }

  private makeRoom(count: number): void {
    const larger = new Float64Array(Math.max(2 * this.numbers.length, this.length + count));
    larger.set(this.numbers);
    this.numbers = larger;
  }

  private list(values: ArrayLike<number>): void {
    this.number(values.length);
    if (this.length + values.length > this.numbers.length) this.makeRoom(values.length);
    for (let i = 0; i < values.length; i++)
      if (!Number.isFinite(values[i])) throw new Error(`it holds ${values[i]} where a number is expected`);
    this.numbers.set(values, this.length);
    this.length += values.length;
  }

  private string(value: string): void {
    let place = this.places.get(value);
    if (place === undefined) {
      place = this.strings.length;
      this.strings.push(String(value));
      this.places.set(value, place);
    }
    this.number(place);
  }

  private rect({ x, y, width, height }: Rect): void {
    this.number(x);
    this.number(y);
    this.number(width);
    this.number(height);
  }

  private color(color: GuestColor | undefined): void {
    if (color === undefined) this.number(NO_COLOR);
    else if (color.tag === "rgba") this.number(color.val >>> 0);
    else this.number(-1 - placeOf(THEME_COLORS, color.tag));
  }

  /** The length and the numbers of a path; -1: there is none. */
  private path(data: GuestPathData | undefined): void {
    if (data === undefined) this.number(-1);
    else if (data.tag === "flat") this.list(data.val);
    else this.segments(data.val);
  }

  private segments(segments: readonly GuestSegment[]): void {
    const lengthAt = this.length;
    this.number(0);
    for (const segment of segments) {
      this.number(placeOf(SEGMENTS, segment.tag));
      if (segment.tag === "close") continue;
      const { val } = segment;
      if ("control1" in val) this.points(val.control1, val.control2, val.to);
      else if ("control" in val) this.points(val.control, val.to);
      else this.points(val);
    }
    this.numbers[lengthAt] = this.length - lengthAt - 1;
  }

  private points(...points: { x: number; y: number }[]): void {
    for (const { x, y } of points) {
      this.number(x);
      this.number(y);
    }
  }

  private stroke(stroke: GuestStroke | undefined): void {
    this.color(stroke?.color);
    if (stroke === undefined) return;
    this.number(stroke.width);
    this.number(placeOf(CAPS, stroke.cap));
    this.number(placeOf(JOINS, stroke.join));
    this.list(stroke.dash);
  }

  private style(style: GuestTextStyle): void {
    this.number(placeOf(FONTS, style.font));
    this.number(style.size);
    this.number(style.weight);
    this.number(style.italic ? 1 : 0);
    this.number(placeOf(ALIGNS, style.align));
    this.number(placeOf(VERTICAL_ALIGNS, style.verticalAlign));
    this.number(style.lineHeight);
    this.number(style.wrap ? 1 : 0);
    this.color(style.color);
  }

  private label({ prop, area, style, fit }: GuestLabelArea): void {
    this.string(prop);
    this.rect(area);
    this.style(style);
    this.number(placeOf(TEXT_FITS, fit));
  }

  private item(item: GuestItem): void {
    this.number(placeOf(ITEMS, item.tag));
    if (item.tag === "path") {
      this.path(item.val.data);
      this.color(item.val.fill);
      this.stroke(item.val.stroke);
      return;
    }
    this.string(item.tag === "text" ? item.val.content : item.val.asset);
    this.rect(item.val.area);
    if (item.tag === "text") this.style(item.val.style);
    else this.number(placeOf(FITS, item.val.fit));
  }
}

/** A problem as the contract has it. */
export interface Problem {
  code: string;
  message: string;
  path: string | null;
}

/** A shape in normal form. */
export interface NormalForm {
  /** A JSON text. */
  props: string;
  /** The size that follows from the props; null: it is people's to choose. */
  size: { width: number; height: number } | null;
}

/** A normal form, or why there is none. */
export type ValidateAnswer = { ok: NormalForm } | { problem: Problem };

/** Reads answers, in the page, in the order in which they were written. */
export class AnswerReader {
  private at = 0;

  constructor(private readonly encoded: Encoded) {}

  rendered(): RenderAnswer {
    return this.number() === PROBLEM ? { problem: this.problem().message } : { ok: this.displayList() };
  }

  validated(): ValidateAnswer {
    return this.number() === PROBLEM ? { problem: this.problem() } : { ok: this.normalForm() };
  }

  private normalForm(): NormalForm {
    const props = this.string();
    return { props, size: this.number() === 0 ? null : { width: this.number(), height: this.number() } };
  }

  private problem(): Problem {
    const [code, message, path] = [this.string(), this.string(), this.string()];
    return { code, message, path: path === "" ? null : path };
  }

  private displayList(): DisplayList {
    const bounds = this.rect();
    const outline = this.path();
    const labels = this.times(() => this.label());
    const anchors = this.times(() => this.anchor());
    const items = this.times(() => this.item());
    return { bounds, items, outline, labels, anchors };
  }

  private times<Value>(read: () => Value): Value[] {
    const count = this.number();
    const values: Value[] = [];
    for (let i = 0; i < count; i++) values.push(read());
    return values;
  }

  private number(): number {
    const value = this.encoded.numbers[this.at++];
    if (value === undefined) throw new Error("The worker's answer ends too early.");
    return value;
  }

  private string(): string {
    return this.encoded.strings[this.number()] ?? "";
  }

  private rect(): Rect {
    return { x: this.number(), y: this.number(), width: this.number(), height: this.number() };
  }

  private color(): Color | null {
    const value = this.number();
    if (value >= 0) return value;
    return THEME_COLORS[-1 - value] ?? null;
  }

  private path(): FlatPath | null {
    const length = this.number();
    if (length < 0) return null;
    const path = this.encoded.numbers.subarray(this.at, this.at + length);
    this.at += length;
    return path;
  }

  private stroke(): Stroke | null {
    const color = this.color();
    if (color === null) return null;
    const width = this.number();
    const cap = CAPS[this.number()] ?? "butt";
    const join = JOINS[this.number()] ?? "miter";
    return { color, width, cap, join, dash: Array.from(this.path() ?? []) };
  }

  private style(): TextStyle {
    return {
      font: FONTS[this.number()] ?? "sans",
      size: this.number(),
      weight: this.number(),
      italic: this.number() === 1,
      align: ALIGNS[this.number()] ?? "left",
      verticalAlign: VERTICAL_ALIGNS[this.number()] ?? "top",
      lineHeight: this.number(),
      wrap: this.number() === 1,
      color: this.color() ?? "ink",
    };
  }

  private label(): LabelArea {
    const [prop, area, style] = [this.string(), this.rect(), this.style()];
    return { prop, area, style, fit: TEXT_FITS[this.number()] ?? "none" };
  }

  private anchor(): Anchor {
    const [name, at] = [this.string(), { x: this.number(), y: this.number() }];
    const directed = this.number() === 1;
    const direction = this.number();
    return { name, at, direction: directed ? direction : null };
  }

  private item(): DisplayItem {
    const kind = ITEMS[this.number()];
    if (kind === "path") {
      return { kind, data: this.path() ?? new Float64Array(0), fill: this.color(), stroke: this.stroke() };
    }
    if (kind === "text") return { kind, content: this.string(), area: this.rect(), style: this.style() };
    return { kind: "image", asset: this.string(), area: this.rect(), fit: FITS[this.number()] ?? "contain" };
  }
}
