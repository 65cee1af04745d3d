/**
 * How far the opening of a canvas is, as marks in the browser's own record of the page's performance, counted from the
 * start of the navigation. The benchmark and the tests read them; so can anybody who looks into why a page is slow.
 */

export type Milestone =
  /** The page's code runs. */
  | "script"
  /** The canvas has come from the server, and the document holds it. */
  | "snapshot"
  /** The worker is there, and the first of the plugins in it has been fetched, compiled and has drawn. */
  | "plugins"
  /**
   * The picture is whole and on the screen: every shape in sight is drawn as its plugin says (or as the placeholder
   * that says why not), none is awaited, and the frame in which that became so has been painted.
   */
  | "drawn";

export function reached(milestone: Milestone): void {
  performance.mark(`collabcanvas:${milestone}`);
}
