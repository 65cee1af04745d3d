import { describe, expect, it } from "vitest";
import { OwnEdits } from "./own-edits";

const numbers = (edits: readonly { number: number }[]) => edits.map(({ number }) => number);

describe("a tab's own edits", () => {
  it("are sent again, in order, to a server that knows fewer of them than another has accepted", () => {
    const edits = new OwnEdits("tab");
    for (let made = 0; made < 4; made++) edits.submit([], null);
    expect(numbers(edits.takeToSend())).toEqual([1, 2, 3, 4]);
    edits.accepted("tab", 3, 100);
    edits.disconnected();
    edits.unknown("tab", 1);
    edits.unknown("another tab", 0);
    expect(numbers(edits.missingAt(100))).toEqual([2, 3, 4]);
    expect(numbers(edits.takeToSend())).toEqual([2, 3, 4]);
    edits.accepted("tab", 4, 101);
    expect(numbers(edits.durable(101))).toEqual([1, 2, 3, 4]);
    expect(edits.count).toBe(0);
  });
});
