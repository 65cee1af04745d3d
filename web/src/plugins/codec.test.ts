import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DisplayItem, DisplayList, LabelArea, RenderAnswer, TextStyle } from "../engine/types";
import { AnswerReader, AnswerWriter, MOST_NUMBERS } from "./codec";
import type {
  GuestColor,
  GuestDisplayList,
  GuestItem,
  GuestNormalForm,
  GuestPathData,
  GuestTextStyle,
} from "./guest-types";

const number = fc.double({ noNaN: true, noDefaultInfinity: true });
const point = fc.record({ x: number, y: number });
const rect = fc.record({ x: number, y: number, width: number, height: number });
const option = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(value, { nil: undefined });

const color: fc.Arbitrary<GuestColor> = fc.oneof(
  fc.record({ tag: fc.constant("rgba" as const), val: fc.integer({ min: 0, max: 0xffffffff }) }),
  fc.record({ tag: fc.constantFrom("ink" as const, "paper" as const, "muted" as const, "accent" as const) }),
);

const pathData: fc.Arbitrary<GuestPathData> = fc.oneof(
  fc.array(number).map((val) => ({ tag: "flat" as const, val: Float64Array.from(val) })),
  fc
    .array(
      fc.oneof(
        fc.record({ tag: fc.constantFrom("move-to" as const, "line-to" as const), val: point }),
        fc.record({
          tag: fc.constant("quadratic-to" as const),
          val: fc.record({ control: point, to: point }),
        }),
        fc.record({
          tag: fc.constant("cubic-to" as const),
          val: fc.record({ control1: point, control2: point, to: point }),
        }),
        fc.constant({ tag: "close" as const }),
      ),
    )
    .map((val) => ({ tag: "segments" as const, val })),
);

const style: fc.Arbitrary<GuestTextStyle> = fc.record({
  font: fc.constantFrom("sans", "serif", "mono", "hand"),
  size: number,
  weight: fc.integer({ min: 100, max: 900 }),
  italic: fc.boolean(),
  align: fc.constantFrom("left", "center", "right"),
  verticalAlign: fc.constantFrom("top", "middle", "bottom"),
  lineHeight: number,
  wrap: fc.boolean(),
  color,
});

const stroke = fc.record({
  color,
  width: number,
  dash: fc.array(number).map((dash) => Float64Array.from(dash)),
  cap: fc.constantFrom("butt", "round", "square"),
  join: fc.constantFrom("miter", "round", "bevel"),
});

const item: fc.Arbitrary<GuestItem> = fc.oneof(
  fc.record({
    tag: fc.constant("path" as const),
    val: fc.record({ data: pathData, fill: option(color), stroke: option(stroke) }),
  }),
  fc.record({
    tag: fc.constant("text" as const),
    val: fc.record({ content: fc.string(), area: rect, style }),
  }),
  fc.record({
    tag: fc.constant("image" as const),
    val: fc.record({ asset: fc.string(), area: rect, fit: fc.constantFrom("contain", "cover", "fill") }),
  }),
);

const displayList: fc.Arbitrary<GuestDisplayList> = fc.record({
  bounds: rect,
  items: fc.array(item, { maxLength: 5 }),
  outline: option(pathData),
  labels: fc.array(
    fc.record({ prop: fc.string(), area: rect, style, fit: fc.constantFrom("none", "height", "both") }),
    { maxLength: 3 },
  ),
  anchors: fc.array(fc.record({ name: fc.string(), at: point, direction: option(number) }), { maxLength: 4 }),
});

const flat = (data: GuestPathData): Float64Array => {
  if (data.tag === "flat") return Float64Array.from(data.val);
  const commands = ["move-to", "line-to", "quadratic-to", "cubic-to", "close"];
  return Float64Array.from(
    data.val.flatMap((segment) => {
      const points =
        "val" in segment ? ("to" in segment.val ? Object.values(segment.val) : [segment.val]) : [];
      return [
        commands.indexOf(segment.tag),
        ...(points as { x: number; y: number }[]).flatMap(({ x, y }) => [x, y]),
      ];
    }),
  );
};

const plain = (value: GuestColor): number | string => (value.tag === "rgba" ? value.val : value.tag);

const plainStyle = (value: GuestTextStyle): TextStyle =>
  ({ ...value, color: plain(value.color) }) as TextStyle;

function plainItem(value: GuestItem): DisplayItem {
  if (value.tag === "image") return { kind: "image", ...value.val } as DisplayItem;
  if (value.tag === "text") return { kind: "text", ...value.val, style: plainStyle(value.val.style) };
  const { data, fill, stroke: line } = value.val;
  return {
    kind: "path",
    data: flat(data),
    fill: fill === undefined ? null : plain(fill),
    stroke: line === undefined ? null : { ...line, color: plain(line.color), dash: Array.from(line.dash) },
  } as DisplayItem;
}

/** What the page should read, said without the codec. */
function expected(list: GuestDisplayList): DisplayList {
  const { bounds, anchors, outline, labels, items } = list;
  return {
    bounds,
    anchors: anchors.map(({ direction = null, ...anchor }) => ({ ...anchor, direction })),
    outline: outline === undefined ? null : flat(outline),
    labels: labels.map((label) => ({ ...label, style: plainStyle(label.style) }) as LabelArea),
    items: items.map(plainItem),
  };
}

const answer = fc.oneof(
  displayList.map((list) => ({ list, problem: null })),
  fc.string().map((problem) => ({ list: null, problem })),
);

describe("answers on their way from the worker to the page", () => {
  test("are read as they were written", () => {
    fc.assert(
      fc.property(fc.array(answer, { maxLength: 8 }), (answers) => {
        const writer = new AnswerWriter();
        for (const { list, problem } of answers) {
          if (list !== null) writer.displayList(list);
          else writer.problem("code", problem, undefined);
        }
        const reader = new AnswerReader(writer.finish());
        const want = answers.map(
          ({ list, problem }): RenderAnswer => (list === null ? { problem } : { ok: expected(list) }),
        );
        expect(answers.map(() => reader.rendered())).toEqual(want);
      }),
    );
  });

  test("hold normal forms and problems of validation", () => {
    const writer = new AnswerWriter();
    writer.normalForm({ props: '{"a":1}' });
    writer.normalForm({ props: '{"a":1}', size: { width: 12.5, height: 0 } });
    writer.problem("out-of-range", "Too many points.", "/points");
    writer.problem("odd", "Odd.", undefined);
    const reader = new AnswerReader(writer.finish());
    expect(reader.validated()).toEqual({ ok: { props: '{"a":1}', size: null } });
    expect(reader.validated()).toEqual({ ok: { props: '{"a":1}', size: { width: 12.5, height: 0 } } });
    expect(reader.validated()).toEqual({
      problem: { code: "out-of-range", message: "Too many points.", path: "/points" },
    });
    expect(reader.validated()).toEqual({ problem: { code: "odd", message: "Odd.", path: null } });
  });

  test("a malformed normal form is refused and leaves its neighbours whole", () => {
    const writer = new AnswerWriter();
    const bad = [{}, { props: "{}", size: { width: -1, height: 1 } }, { props: "{}", size: { width: 1 } }];
    for (const form of bad) expect(() => writer.normalForm(form as GuestNormalForm)).toThrow(/found/);
    writer.normalForm({ props: "{}" });
    expect(new AnswerReader(writer.finish()).validated()).toEqual({ ok: { props: "{}", size: null } });
  });

  test("a malformed picture is refused and leaves its neighbours whole", () => {
    const bounds = { x: 1, y: 2, width: 3, height: 4 };
    const good: GuestDisplayList = { bounds, items: [], labels: [], anchors: [] };
    const writer = new AnswerWriter();
    writer.displayList(good);
    const bad = { ...good, outline: { tag: "segments", val: [{ tag: "arc-to", val: { x: 0, y: 0 } }] } };
    expect(() => writer.displayList(bad as unknown as GuestDisplayList)).toThrow(/arc-to/);
    const huge = { ...good, outline: { tag: "flat" as const, val: new Float64Array(MOST_NUMBERS) } };
    expect(() => writer.displayList(huge)).toThrow(/more than/);
    writer.displayList(good);
    const reader = new AnswerReader(writer.finish());
    expect([reader.rendered(), reader.rendered()]).toEqual([{ ok: expected(good) }, { ok: expected(good) }]);
  });
});
