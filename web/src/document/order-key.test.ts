import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyBetween, keysBetween } from "./order-key";

describe("order keys", () => {
  // The same vectors as in host/canvas/tests: both sides must make the same keys.
  it.each([
    [null, null, "V"],
    ["V", null, "k"],
    [null, "V", "F"],
    ["V", "W", "VV"],
    ["V", "V1", "V0V"],
    [null, "1", "0V"],
    ["z", null, "zV"],
    ["Vz", "W", "VzV"],
  ])("between %s and %s lies %s", (low, high, expected) => {
    expect(keyBetween(low, high)).toBe(expected);
  });

  it("there is none between equal or swapped keys", () => {
    expect(keyBetween("V", "V")).toBeUndefined();
    expect(keyBetween("W", "V")).toBeUndefined();
  });

  it("any number of insertions at any places stays in order and never ends in 0", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 200 }), (places) => {
        const keys: string[] = [];
        for (const place of places) {
          const at = place % (keys.length + 1);
          const key = keyBetween(keys[at - 1] ?? null, keys[at] ?? null);
          expect(key).toMatch(/^[0-9A-Za-z]*[1-9A-Za-z]$/);
          keys.splice(at, 0, key as string);
        }
        expect(keys).toEqual([...keys].sort());
        expect(new Set(keys).size).toBe(keys.length);
      }),
    );
  });

  it("many keys at once are ascending, between the two, and short", () => {
    const keys = keysBetween("V", "W", 1000);
    expect(keys).toHaveLength(1000);
    expect([...keys].sort()).toEqual(keys);
    expect(keys.every((key) => key > "V" && key < "W" && key.length <= 5)).toBe(true);
  });
});
