import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeOperations, splitOperations } from "./merge";
import { applyOperation, type Operation, operationId, type Shape } from "./shape";
import { UndoRecord } from "./undo";

const box = (id: string, x = 0, props: Record<string, unknown> = {}) => ({
  put: { id, type: "basic/rectangle", index: "V", x, y: 0, width: 10, height: 10, props },
});

class Canvas {
  shapes = new Map<string, Shape>();
  readonly get = (id: string) => this.shapes.get(id);

  apply(operations: readonly Operation[]) {
    for (const operation of operations) {
      const next = applyOperation(this.get(operationId(operation)), operation);
      if (next) this.shapes.set(operationId(operation), next);
      else this.shapes.delete(operationId(operation));
    }
    return this;
  }

  copy() {
    const copy = new Canvas();
    copy.shapes = new Map(this.shapes);
    return copy;
  }

  sorted() {
    return [...this.shapes.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }
}

describe("undo", () => {
  it("leaves what other people changed in other fields", () => {
    const canvas = new Canvas().apply([box("a", 1, { fill: "ink", dash: 1 })]);
    const record = new UndoRecord();
    const edit: Operation[] = [{ patch: { id: "a", x: 5, props: { fill: "accent" } } }];
    record.record(edit, canvas.get);
    canvas.apply(edit).apply([{ patch: { id: "a", y: 9, props: { dash: 2 } } }]);
    canvas.apply(record.operations(canvas.get));
    expect(canvas.get("a")).toMatchObject({ x: 1, y: 9, props: { fill: "ink", dash: 2 } });
  });

  it("has nothing to do when somebody else deleted the shape", () => {
    const canvas = new Canvas().apply([box("a")]);
    const record = new UndoRecord();
    record.record([{ patch: { id: "a", x: 5 } }], canvas.get);
    canvas.apply([{ delete: "a" }]);
    expect(record.operations(canvas.get)).toEqual([]);
  });

  const id = fc.constantFrom("a", "b", "c");
  const operation: fc.Arbitrary<Operation> = fc.oneof(
    fc.record({ id, x: fc.nat(9), fill: fc.nat(3) }).map(({ id, x, fill }) => box(id, x, { fill })),
    fc.record({ id, x: fc.nat(9) }).map((patch) => ({ patch })),
    fc.record({ id, fill: fc.option(fc.nat(3)) }).map(({ id, fill }) => ({ patch: { id, props: { fill } } })),
    id.map((gone) => ({ delete: gone })),
  );
  const transactions = fc.array(fc.array(operation, { maxLength: 1 }), { maxLength: 12 });

  it("brings any gesture back to where it began", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 6 }), transactions, (start, gesture) => {
        const canvas = new Canvas().apply(start);
        const before = canvas.sorted();
        const record = new UndoRecord();
        for (const operations of gesture) {
          record.record(operations, canvas.get);
          canvas.apply(operations);
        }
        canvas.apply(record.operations(canvas.get));
        expect(canvas.sorted()).toEqual(before);
      }),
    );
  });

  it("and its redo, made at the time of the undo, brings it forth again", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 6 }), transactions, (start, gesture) => {
        const canvas = new Canvas().apply(start);
        const record = new UndoRecord();
        for (const operations of gesture) {
          record.record(operations, canvas.get);
          canvas.apply(operations);
        }
        const after = canvas.sorted();
        const redo = new UndoRecord();
        const undo = record.operations(canvas.get);
        redo.record(undo, canvas.get);
        canvas.apply(undo);
        canvas.apply(redo.operations(canvas.get));
        expect(canvas.sorted()).toEqual(after);
      }),
    );
  });

  it("merged operations do what they did one by one", () => {
    fc.assert(
      fc.property(fc.array(operation), fc.array(operation), fc.array(operation), (start, first, then) => {
        const canvas = new Canvas().apply(start);
        const singly = canvas.copy().apply(first).apply(then);
        expect(canvas.apply(mergeOperations(first, then)).sorted()).toEqual(singly.sorted());
      }),
    );
  });

  it("large pastes are cut into parts that keep the order", () => {
    const many = Array.from({ length: 12_000 }, (_, place) => box(`s${place}`));
    const parts = splitOperations(many);
    expect(parts.length).toBeGreaterThan(2);
    expect(parts.flat()).toEqual(many);
    expect(parts.every((part) => part.length <= 5_000 && JSON.stringify(part).length < 1_200_000)).toBe(true);
  });
});
