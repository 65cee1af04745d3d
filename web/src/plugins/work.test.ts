import { describe, expect, test } from "vitest";
import { AnswerReader } from "./codec";
import type { Guest } from "./guest";
import type { GuestShapeInput, GuestShapes } from "./guest-types";
import { shapeInputs, Work } from "./work";

const input = (type: string): GuestShapeInput => ({
  type,
  width: 1,
  height: 1,
  props: "{}",
  references: [],
});

/** A plugin that answers with the shape's type, unless `breaks` says otherwise. Counts its instances. */
class FakeGuest {
  instances = 0;
  private live = false;

  constructor(
    private readonly breaks: (shapes: GuestShapeInput[]) => void,
    private readonly mostAnswers = Number.POSITIVE_INFINITY,
  ) {}

  async instance(): Promise<GuestShapes> {
    if (!this.live) this.instances++;
    this.live = true;
    return {
      render: () => [],
      validate: (shapes) => {
        this.breaks(shapes);
        const answers = shapes.map(({ type }) => ({ tag: "ok" as const, val: { props: type } }));
        return answers.slice(0, this.mostAnswers);
      },
    };
  }

  startCall(): void {}

  discard(): void {
    this.live = false;
  }
}

async function validate(guest: FakeGuest, ids: string[], chunk: number) {
  const work = new Work(guest as unknown as Guest, "validate");
  const progress: number[] = [];
  const encoded = await work.run(ids.map(input), chunk, (done) => progress.push(done));
  const reader = new AnswerReader(encoded);
  return { answers: ids.map(() => reader.validated()), progress, faults: work.faults };
}

describe("work in the worker", () => {
  test("is done chunk by chunk, each announced before it begins", async () => {
    const { answers, progress } = await validate(new FakeGuest(() => {}), ["a", "b", "c", "d", "e"], 2);
    expect(progress).toEqual([0, 2, 4]);
    expect(answers).toEqual(["a", "b", "c", "d", "e"].map((id) => ({ ok: { props: id, size: null } })));
  });

  test("P1: a shape that traps costs the instance and gets the reason, its neighbours are answered", async () => {
    const guest = new FakeGuest((shapes) => {
      if (shapes.some(({ type }) => type === "bad")) throw new Error("unreachable");
    });
    const { answers, faults } = await validate(guest, ["a", "bad", "c"], 64);
    expect(answers[0]).toMatchObject({ ok: { props: "a" } });
    expect(answers[1]).toMatchObject({
      problem: { code: "plugin-fault", message: expect.stringMatching(/unreachable/) },
    });
    expect(answers[2]).toMatchObject({ ok: { props: "c" } });
    expect(faults).toEqual(["unreachable"]);
    // One for the chunk, one for what comes after the chunk's trap, one for what comes after the shape's.
    expect(guest.instances).toBe(3);
  });

  test("an answer of another length than the input is a fault", async () => {
    const guest = new FakeGuest(() => {}, 0);
    const { answers, faults } = await validate(guest, ["a"], 64);
    expect(answers[0]).toMatchObject({ problem: { message: expect.stringMatching(/0 answers for 1/) } });
    expect(faults).toHaveLength(1);
  });

  test("references reach the shapes that have them", () => {
    const box = { x: 0, y: 0, width: 1, height: 1 };
    const outline = Float64Array.of(0, 0, 0, 1, 1, 1, 4);
    const at = { x: 1, y: 1 };
    const anchors = [
      { name: "end", at, direction: 2 },
      { name: "any", at, direction: null },
    ];
    const inputs = shapeInputs({
      types: ["box", "arrow"],
      sizes: Float64Array.of(1, 2, 3, 4),
      props: ["{}", '{"from":"a"}'],
      references: [
        [
          1,
          [
            { prop: "from", id: "a", geometry: { box, rotation: 0, outline, anchors } },
            { prop: "to", id: "y", geometry: { box, rotation: 0, outline: null, anchors: [] } },
            { prop: "to", id: "x", geometry: null },
          ],
        ],
      ],
    });
    expect(inputs[0]).toEqual({ type: "box", width: 1, height: 2, props: "{}", references: [] });
    expect(inputs[1]).toMatchObject({ width: 3, height: 4 });
    // What is none is left out, as the guest's bindings expect.
    expect(inputs[1]?.references).toEqual([
      {
        prop: "from",
        id: "a",
        geometry: {
          box,
          rotation: 0,
          outline: { tag: "flat", val: outline },
          anchors: [
            { name: "end", at, direction: 2 },
            { name: "any", at },
          ],
        },
      },
      { prop: "to", id: "y", geometry: { box, rotation: 0, anchors: [] } },
      { prop: "to", id: "x" },
    ]);
  });
});
