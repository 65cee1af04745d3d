/** How long to wait before trying again: half a second, doubling up to ten, by chance a little shorter or longer so that
 * the browsers of a server that restarts do not all come back in the same instant. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const step = Math.min(10_000, 250 * 2 ** Math.min(attempt, 10));
  return step * (0.75 + 0.5 * random());
}
