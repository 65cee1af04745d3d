import { describe, expect, test } from "vitest";
import { Restless, WORTH_A_LAYER } from "./restless";

const ids = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i));

describe("restless shapes", () => {
  test("are those that change again and again, once they are many, until they rest", () => {
    const restless = new Restless();
    for (const now of [0, 16, 32]) for (const id of ids(WORTH_A_LAYER)) restless.note(id, now);
    restless.note("once", 32);
    expect(restless.at(40)).toEqual(new Set(ids(WORTH_A_LAYER)));
    expect(restless.quietAfter).toBeGreaterThan(0);
    expect(restless.at(1000).size).toBe(0);
    expect(restless.quietAfter).toBeNull();
  });

  test("are none while they are few, or change now and then", () => {
    const few = new Restless();
    const slow = new Restless();
    for (const now of [0, 16, 32, 48]) for (const id of ids(WORTH_A_LAYER - 1)) few.note(id, now);
    for (const now of [0, 500, 1000, 1500]) for (const id of ids(100)) slow.note(id, now);
    expect(few.at(50).size).toBe(0);
    expect(slow.at(1510).size).toBe(0);
  });
});
