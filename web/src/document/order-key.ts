/**
 * Fractional order keys: a shape's place among its siblings as a fraction between 0 and 1, written in base 62 after
 * the point. Between any two there is another, so nothing else moves when a shape does. The same algorithm as
 * `host/canvas/src/order_key.rs`, with the same test vectors.
 */

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const FIRST = "0";
const LAST = "z";

/** Longest order key, in characters. */
export const MAX_KEY_LENGTH = 256;

/**
 * A key between two; null is before or after all others. Undefined when `low` is not below `high`, and when every key
 * between them would be too long. Above all others, and below them, keys are counted, so that they stay short.
 */
export function keyBetween(low: string | null, high: string | null): string | undefined {
  const key = unbounded(low, high);
  return key !== undefined && key.length <= MAX_KEY_LENGTH ? key : undefined;
}

function unbounded(low: string | null, high: string | null): string | undefined {
  if (high === null) return low === null ? "V" : countedUp(low);
  if (low === null) return countedDown(high);
  return low < high ? midpoint(low, high) : undefined;
}

/** So many keys between two, ascending and short. Undefined when there is no room for them. */
export function keysBetween(low: string | null, high: string | null, count: number): string[] | undefined {
  if (count <= 0) return [];
  if (low !== null && high !== null) return bisected(low, high, count);
  // From the open end inwards there is nothing to divide: they are counted.
  const keys: string[] = [];
  for (let made = 0; made < count; made++) {
    const last = keys.at(-1);
    const key = high === null ? keyBetween(last ?? low, null) : keyBetween(null, last ?? high);
    if (key === undefined) return undefined;
    keys.push(key);
  }
  return high === null ? keys : keys.reverse();
}

function bisected(low: string, high: string, count: number): string[] | undefined {
  if (count <= 0) return [];
  const middle = keyBetween(low, high);
  if (middle === undefined) return undefined;
  const before = Math.floor((count - 1) / 2);
  const below = bisected(low, middle, before);
  const above = below && bisected(middle, high, count - 1 - before);
  return above && [...below, middle, ...above];
}

/**
 * The digits of a key that are counted. The run of first (or last) digits that it starts with says how many more there
 * are: keys of `n` of them count to 61 · 62ⁿ before they need another. Eight are enough for any canvas; keys that
 * earlier versions made have runs of hundreds, and shall not become twice as long.
 */
function counted(key: string, edge: string): string {
  let run = 0;
  while (key.charAt(run) === edge) run++;
  const length = Math.min(run + 1 + Math.min(run, 8), MAX_KEY_LENGTH);
  return key.slice(0, length).padEnd(length, FIRST);
}

function countedUp(low: string): string | undefined {
  const digits = counted(low, LAST);
  // A digit that overflows becomes 0, which is left out at the end of a key.
  const place = lastOtherThan(digits, LAST);
  return place < 0 ? undefined : digits.slice(0, place) + DIGITS.charAt(digit(digits, place) + 1);
}

function countedDown(high: string): string | undefined {
  const digits = counted(high, FIRST);
  const place = lastOtherThan(digits, FIRST);
  const lower = digits.slice(0, place) + DIGITS.charAt(digit(digits, place) - 1);
  const key = lower.padEnd(digits.length, LAST);
  const end = lastOtherThan(key, FIRST);
  // 0 is no key: the next ones have one digit more.
  return end < 0 ? key + LAST : key.slice(0, end + 1);
}

function midpoint(low: string, high: string): string {
  let above: string | null = high;
  let key = "";
  for (let place = 0; ; place++) {
    const from = digit(low, place);
    const to = above === null ? DIGITS.length : digit(above, place);
    if (to - from > 1) return key + DIGITS.charAt(Math.floor((from + to) / 2));
    key += DIGITS.charAt(from);
    // Everything that continues `from` is already below `high`.
    if (to > from) above = null;
  }
}

function digit(key: string, place: number): number {
  return place < key.length ? Math.max(0, DIGITS.indexOf(key.charAt(place))) : 0;
}

function lastOtherThan(key: string, edge: string): number {
  let place = key.length - 1;
  while (place >= 0 && key.charAt(place) === edge) place--;
  return place;
}

/** Order among siblings: by key, byte by byte (all characters are ASCII), then by id. */
export function compareOrder(a: { index: string; id: string }, b: { index: string; id: string }): number {
  if (a.index !== b.index) return a.index < b.index ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
