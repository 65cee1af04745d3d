/** The drawing engine, for the rest of the app. `types.ts` explains every word. */

export { MAX_ZOOM, MIN_ZOOM } from "./camera";
export { Engine } from "./engine";
export { cornersOf } from "./geometry";
export { cssFont } from "./text";
export { cssColor, DARK_THEME, LIGHT_THEME } from "./theme";
export type * from "./types";
