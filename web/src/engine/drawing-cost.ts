/** What drawing costs on this machine, learned from the frames drawn so far. */

/** What a frame costs however little is drawn (ms): not to be blamed on the nodes. */
const FIXED_MS = 1;
/** Fewer nodes than this tell nothing. */
const FEWEST = 100;
/** Bounds of what is believed of one node (ms); a frame that was held up by something else must not mislead. */
const CHEAPEST = 0.0005;
const DEAREST = 0.02;

export class DrawingCost {
  private perNode = 0.002;

  learn(nodes: number, milliseconds: number): void {
    if (nodes < FEWEST) return;
    const measured = Math.min(DEAREST, Math.max(CHEAPEST, (milliseconds - FIXED_MS) / nodes));
    // Quick to believe good news: delays by others only ever make a frame look dearer than it was.
    const weight = measured < this.perNode ? 0.5 : 0.2;
    this.perNode += weight * (measured - this.perNode);
  }

  /** The expected cost of so many nodes (ms). */
  of(nodes: number): number {
    return nodes * this.perNode;
  }

  /** How many nodes can be drawn in a time. */
  nodesIn(milliseconds: number): number {
    return Math.max(FEWEST, Math.floor(milliseconds / this.perNode));
  }
}
