/**
 * Fractional order keys: a shape's place among its siblings as a fraction between 0 and 1, written in base 62 after
 * the point. Between any two there is another, so nothing else moves when a shape does. The same algorithm as
 * `host/canvas/src/order_key.rs`, with the same test vectors.
 */

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** A key between two; null is before or after all others. Undefined when `low` is not below `high`. */
export function keyBetween(low: string | null, high: string | null): string | undefined {
  if (high !== null && (low ?? "") >= high) return undefined;
  let above = high;
  let key = "";
  for (let place = 0; ; place++) {
    const from = digit(low, place);
    const to = above === null ? DIGITS.length : digit(above, place);
    if (to - from > 1) return key + DIGITS[Math.floor((from + to) / 2)];
    key += DIGITS[from];
    // Everything that continues `from` is already below `high`.
    if (to > from) above = null;
  }
}

/** So many keys between two, ascending and short. Keys that leave no room (equal ones) count as open above. */
export function keysBetween(low: string | null, high: string | null, count: number): string[] {
  if (count <= 0) return [];
  const middle = keyBetween(low, high) ?? keyBetween(low, null) ?? "V";
  const end = high !== null && middle < high ? high : null;
  const before = Math.floor((count - 1) / 2);
  return [...keysBetween(low, middle, before), middle, ...keysBetween(middle, end, count - 1 - before)];
}

function digit(key: string | null, place: number): number {
  return key !== null && place < key.length ? Math.max(0, DIGITS.indexOf(key.charAt(place))) : 0;
}

/** Order among siblings: by key, byte by byte (all characters are ASCII), then by id. */
export function compareOrder(a: { index: string; id: string }, b: { index: string; id: string }): number {
  if (a.index !== b.index) return a.index < b.index ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
