import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyBetween, keysBetween, MAX_KEY_LENGTH } from "./order-key";

interface Vector {
  name: string;
  low: string | null;
  high: string | null;
  between: string | null;
}

// The host reads the same file: both sides must make the same keys.
const file = new URL("../../../tests/vectors/canvas/order-keys.json", import.meta.url);
const vectors = (JSON.parse(readFileSync(file, "utf8")) as { cases: Vector[] }).cases;

const WELL_FORMED = /^[0-9A-Za-z]{0,255}[1-9A-Za-z]$/;

/** The longest key among so many, each made of the one before. */
function longest(count: number, first: string, next: (key: string) => string | undefined): number {
  let length = first.length;
  for (let key = first, made = 1; made < count; made++) {
    key = next(key) ?? "";
    length = Math.max(length, key.length);
    if (!WELL_FORMED.test(key)) throw new Error(`the key ${made} is ${JSON.stringify(key)}`);
  }
  return length;
}

describe("order keys", () => {
  it.each(vectors)("$name", ({ low, high, between }) => {
    expect(keyBetween(low, high) ?? null).toBe(between);
  });

  it("of a hundred thousand shapes on top of each other are short", () => {
    expect(longest(100_000, "V", (key) => keyBetween(key, null))).toBeLessThanOrEqual(5);
    // A canvas whose keys grew by a character every six shapes goes on all the same.
    const grown = `${"z".repeat(250)}V`;
    expect(longest(100_000, grown, (key) => keyBetween(key, null))).toBeLessThanOrEqual(MAX_KEY_LENGTH);
  });

  it("of a hundred thousand shapes below each other are short", () => {
    expect(longest(100_000, "V", (key) => keyBetween(null, key))).toBeLessThanOrEqual(5);
    const grown = `${"0".repeat(250)}V`;
    expect(longest(100_000, grown, (key) => keyBetween(null, key))).toBeLessThanOrEqual(MAX_KEY_LENGTH);
  });

  it("between two neighbours grow by a character every five shapes at most", () => {
    expect(longest(1_000, "W", (key) => keyBetween("V", key))).toBeLessThanOrEqual(2 + 1_000 / 5);
    expect(longest(1_000, "V", (key) => keyBetween(key, "W"))).toBeLessThanOrEqual(2 + 1_000 / 5);
  });

  it("any number of insertions at any places stays in order and never ends in 0", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 200 }), (places) => {
        const keys: string[] = [];
        for (const place of places) {
          const at = place % (keys.length + 1);
          const key = keyBetween(keys[at - 1] ?? null, keys[at] ?? null);
          expect(key).toMatch(WELL_FORMED);
          keys.splice(at, 0, key as string);
        }
        expect(keys).toEqual([...keys].sort());
        expect(new Set(keys).size).toBe(keys.length);
      }),
    );
  });

  it("is valid between any two keys, or there is none", () => {
    // Runs of the first and the last digit are where the length of a key is decided.
    const run = fc.tuple(fc.constantFrom("0", "z"), fc.nat(256));
    const key = fc
      .tuple(run, fc.stringMatching(/^[0-9A-Za-z]{0,6}[1-9A-Za-z]$/))
      .map(([[edge, count], rest]) => edge.repeat(count) + rest)
      .filter((text) => text.length <= MAX_KEY_LENGTH);
    fc.assert(
      fc.property(key, key, (a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        for (const [from, to] of [[low, high] as const, [high, null] as const, [null, low] as const]) {
          const made = keyBetween(from, to);
          if (made === undefined) continue;
          expect(made).toMatch(WELL_FORMED);
          expect((from ?? "") < made && (to === null || made < to)).toBe(true);
        }
      }),
    );
  });

  it("many at once are ascending, between the two, and short", () => {
    for (const [low, high, length] of [
      ["V", "W", 5],
      ["V", null, 3],
      [null, "V", 3],
      [null, null, 3],
    ] as const) {
      const keys = keysBetween(low, high, 1000) ?? [];
      expect(keys).toHaveLength(1000);
      expect([...keys].sort()).toEqual(keys);
      expect(new Set(keys).size).toBe(1000);
      const inside = (key: string) => key > (low ?? "") && (high === null || key < high);
      expect(keys.every((key) => inside(key) && key.length <= length)).toBe(true);
    }
  });

  it("many at once are refused where they do not fit", () => {
    expect(keysBetween("V", "V", 1)).toBeUndefined();
    expect(keysBetween(`${"z".repeat(255)}x`, null, 3)).toBeUndefined();
    expect(keysBetween("V", `V${"0".repeat(250)}1`, 10_000)).toBeDefined();
  });
});
