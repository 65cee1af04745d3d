import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Sequenced } from "../sync/protocol";
import { canvasText } from "./canvas-text";
import { type PendingTransaction, SharedDocument } from "./document";
import { applyOperation, type Operation, operationId, type Shape, shapeFromWire, shapeToWire } from "./shape";

const box = (id: string, x = 0, props: Record<string, unknown> = {}) => ({
  put: { id, type: "basic/rectangle", index: "V", x, y: 0, width: 10, height: 10, props },
});
const sequenced = (seq: number, client: string, number: number, ...operations: Operation[]): Sequenced => ({
  seq,
  client,
  number,
  user: "u",
  operations,
});

function documentWith(...operations: Operation[]) {
  const document = new SharedDocument();
  document.applyOrdered([sequenced(1, "server", 1, ...operations)]);
  return document;
}

describe("the shown document", () => {
  it("ignores remote values of a field with an unacknowledged local change", () => {
    const document = documentWith(box("a"));
    document.add({ client: "me", number: 1, operations: [{ patch: { id: "a", x: 5 } }] });
    document.applyOrdered([sequenced(2, "other", 1, { patch: { id: "a", x: 9, y: 9 } })]);
    expect(document.get("a")).toMatchObject({ x: 5, y: 9 });
    document.applyOrdered([sequenced(3, "me", 1, { patch: { id: "a", x: 5 } })]);
    expect(document.get("a")).toMatchObject({ x: 5, y: 9 });
    expect(document.pending).toEqual([]);
  });

  it("takes a refused transaction back", () => {
    const document = documentWith(box("a", 1));
    document.add({ client: "me", number: 1, operations: [{ patch: { id: "a", x: 5 } }, box("b")] });
    document.add({ client: "me", number: 2, operations: [{ patch: { id: "a", y: 7 } }] });
    document.refuse("me", 1);
    expect(document.get("a")).toMatchObject({ x: 1, y: 7 });
    expect(document.get("b")).toBeUndefined();
  });

  it("gives way to what the server made of it: normal props, a size that follows from them, another version", () => {
    const document = new SharedDocument();
    const put = { ...box("a", 0, { sides: 3.2 }).put, width: 100 };
    document.add({ client: "me", number: 1, operations: [{ put }] });
    const normal = { ...put, width: 10, props: { sides: 3, fill: "ink" }, version: 2 };
    document.applyOrdered([sequenced(1, "me", 1, { put: normal })]);
    expect(document.get("a")).toMatchObject({ width: 10, props: { sides: 3, fill: "ink" }, version: 2 });
    document.add({ client: "me", number: 2, operations: [{ patch: { id: "a", width: 50 } }] });
    document.add({ client: "me", number: 3, operations: [{ patch: { id: "a", x: 7 } }] });
    document.applyOrdered([sequenced(2, "me", 2, { patch: { id: "a", width: 20, height: 5 } })]);
    expect(document.get("a")).toMatchObject({ x: 7, width: 20, height: 5, version: 2 });
  });

  it("an edit to a deleted shape does nothing", () => {
    const document = documentWith(box("a"));
    document.add({ client: "me", number: 1, operations: [{ patch: { id: "a", x: 5 } }] });
    document.applyOrdered([sequenced(2, "other", 1, { delete: "a" })]);
    expect(document.get("a")).toBeUndefined();
  });

  it("merges props by name and removes those that are null", () => {
    const document = documentWith(box("a", 0, { fill: "ink", dash: true }));
    document.add({
      client: "me",
      number: 1,
      operations: [{ patch: { id: "a", props: { fill: "accent", dash: null } } }],
    });
    expect(document.get("a")?.props).toEqual({ fill: "accent" });
  });

  it("keeps the same objects, and says nothing, when the server's answer changes nothing", () => {
    const document = documentWith(box("a", 0, { fill: "ink" }));
    document.add({
      client: "me",
      number: 1,
      operations: [{ patch: { id: "a", props: { fill: "accent" } } }],
    });
    const shown = document.get("a");
    let told = 0;
    document.onChange(() => told++);
    document.applyOrdered([sequenced(2, "me", 1, { patch: { id: "a", props: { fill: "accent" } } })]);
    expect(document.get("a")).toBe(shown);
    expect(told).toBe(0);
  });

  it("keeps the props' identity when only the place changes", () => {
    const document = documentWith(box("a", 0, { fill: "ink" }));
    const props = document.get("a")?.props;
    document.applyOrdered([sequenced(2, "other", 1, { patch: { id: "a", x: 3 } })]);
    expect(document.get("a")?.props).toBe(props);
  });
});

type Step =
  | { kind: "own"; operations: Operation[] }
  | { kind: "remote"; operations: Operation[] }
  | { kind: "answer" }
  | { kind: "refuse" }
  | { kind: "epoch" };

const id = fc.constantFrom("a", "b", "c");
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ id, x: fc.nat(9), fill: fc.nat(3) }).map(({ id, x, fill }) => box(id, x, { fill })),
  fc.record({ id, x: fc.nat(9) }).map((patch) => ({ patch })),
  fc
    .record({ id, name: fc.constantFrom("fill", "dash"), value: fc.option(fc.nat(3)) })
    .map(({ id, name, value }) => ({ patch: { id, props: { [name]: value } } })),
  id.map((gone) => ({ delete: gone })),
);
const operations = fc.array(operation, { minLength: 1, maxLength: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  operations.map((operations) => ({ kind: "own" as const, operations })),
  operations.map((operations) => ({ kind: "remote" as const, operations })),
  fc.constantFrom({ kind: "answer" as const }, { kind: "refuse" as const }, { kind: "epoch" as const }),
);

/** The slow and obvious way: apply everything from the start. */
function reference(log: readonly Sequenced[], pending: readonly PendingTransaction[]) {
  const shapes = new Map<string, Shape>();
  for (const { operations } of [...log, ...pending]) {
    for (const operation of operations) {
      const next = applyOperation(shapes.get(operationId(operation)), operation);
      if (next) shapes.set(operationId(operation), next);
      else shapes.delete(operationId(operation));
    }
  }
  return Object.fromEntries([...shapes].sort());
}

describe("S1", () => {
  it("what is shown is the order's outcome with the pending transactions on top, in any interleaving", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const document = new SharedDocument();
        const mirror = new Map<string, Shape>();
        document.onChange(({ reset, changed, removed }) => {
          if (reset) mirror.clear();
          for (const shape of changed) mirror.set(shape.id, shape);
          for (const gone of removed) mirror.delete(gone);
        });
        let log: Sequenced[] = [];
        let sent: PendingTransaction[] = [];
        let number = 0;
        for (const [place, step] of steps.entries()) {
          if (step.kind === "own") {
            const transaction = { client: "me", number: ++number, operations: step.operations };
            sent.push(transaction);
            document.add(transaction);
          } else if (step.kind === "remote") {
            const next = sequenced(log.length + 1, "other", place, ...step.operations);
            log.push(next);
            document.applyOrdered([next]);
          } else if (step.kind === "epoch") {
            // The newer half of the order is lost; own transactions in it are pending again.
            const lost = log.splice(Math.ceil(log.length / 2)).filter((entry) => entry.client === "me");
            sent = [...lost, ...sent];
            log = log.map((entry, index) => ({ ...entry, seq: index + 1 }));
            const snapshot = Object.values(reference(log, []));
            document.load(snapshot, sent);
          } else {
            const first = sent.shift();
            if (!first) continue;
            if (step.kind === "refuse") document.refuse("me", first.number);
            else {
              const next = sequenced(log.length + 1, "me", first.number, ...first.operations);
              log.push(next);
              document.applyOrdered([next]);
            }
          }
          expect(Object.fromEntries([...mirror].sort())).toEqual(reference(log, sent));
        }
        expect(Object.fromEntries([...document.confirmed()].sort())).toEqual(reference(log, []));
      }),
      { numRuns: 300 },
    );
  });
});

describe("the canvas as text", () => {
  it("is the same for the same canvas, whatever the order of shapes and members", () => {
    const a = documentWith(box("a", 1, { x: 1, y: [{ m: 1, n: 2 }] }), box("b"));
    const b = documentWith(box("b"), box("a", 1, { y: [{ n: 2, m: 1 }], x: 1 }));
    expect(canvasText(a.shapes())).toBe(canvasText(b.shapes()));
    expect(canvasText(a.shapes())).not.toBe(canvasText(documentWith(box("a", 1)).shapes()));
  });
});

describe("the wire form", () => {
  it("leaves out usual values and comes back the same", () => {
    const wire = { ...box("a").put, rotation: 1, opacity: 0.5, locked: true };
    expect(shapeFromWire(wire)).toMatchObject({ rotation: 1, opacity: 0.5, locked: true, parent: null });
    expect(shapeFromWire(box("a").put)).toMatchObject({
      rotation: 0,
      opacity: 1,
      locked: false,
      parent: null,
      version: 1,
    });
    for (const put of [wire, box("a").put, { ...wire, version: 2 }])
      expect(shapeToWire(shapeFromWire(put))).toEqual(put);
    expect(shapeToWire(shapeFromWire(wire))).not.toHaveProperty("version");
  });
});
