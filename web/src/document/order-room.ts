/**
 * Order keys for shapes that come between others. Where keys have no room left (they are equal, or would grow too
 * long), shapes around the place get new keys as well.
 */

import { compareOrder, keysBetween, MAX_KEY_LENGTH } from "./order-key";
import type { Operation, Shape } from "./shape";

export interface OrderRoom {
  /** Keys of the shapes that come, in their order. */
  keys: string[];
  /** What gives those around new keys; usually nothing. */
  room: Operation[];
}

/** New keys around a place shall not be so long that the next shapes need new ones again. */
const ROOMY = MAX_KEY_LENGTH / 4;

/** Keys for so many shapes above the first `place` of these siblings. Undefined: those that may not be changed leave none. */
export function makeRoom(
  siblings: readonly Shape[],
  place: number,
  count: number,
  mayChange: (shape: Shape) => boolean,
): OrderRoom | undefined {
  let [from, to] = [place, place];
  for (let reach = 1; ; reach *= 2) {
    const keys = keysBetween(
      siblings[from - 1]?.index ?? null,
      siblings[to]?.index ?? null,
      to - from + count,
    );
    const [below, above] = [siblings[from - 1], siblings[to]];
    const mayGrow = (below && mayChange(below)) || (above && mayChange(above));
    const enough = from === to || keys?.every((key) => key.length <= ROOMY);
    if (keys && (enough || !mayGrow)) return split(siblings.slice(from, to), place - from, keys, count);
    if (!mayGrow) return undefined;
    for (let step = 0; step < reach; step++) {
      const [lower, upper] = [siblings[from - 1], siblings[to]];
      if (lower && mayChange(lower)) from--;
      if (upper && mayChange(upper)) to++;
    }
  }
}

function split(around: Shape[], below: number, keys: string[], count: number): OrderRoom {
  const kept = [...keys.slice(0, below), ...keys.slice(below + count)];
  const room = around.map(({ id, index }, at): Operation => ({ patch: { id, index: kept[at] ?? index } }));
  return { keys: keys.slice(below, below + count), room };
}

/** Keys above all of these siblings, which are in no order. */
export function roomOnTop(
  siblings: readonly Shape[],
  count: number,
  mayChange: (shape: Shape) => boolean,
): OrderRoom {
  let top: Shape | undefined;
  for (const shape of siblings) if (!top || compareOrder(shape, top) > 0) top = shape;
  const keys = keysBetween(top?.index ?? null, null, count);
  if (keys) return { keys, room: [] };
  const made = makeRoom([...siblings].sort(compareOrder), siblings.length, count, mayChange);
  // A locked shape has the last key of all. Shapes of the same key lie in the order of their ids.
  return made ?? { keys: Array.from({ length: count }, () => top?.index ?? "V"), room: [] };
}
