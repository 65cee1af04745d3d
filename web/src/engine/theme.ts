/** Looks, and turning a display list's colours into CSS colours. */

import type { Color, Theme } from "./types";

export const LIGHT_THEME: Theme = {
  ink: "#1d2129",
  paper: "#fbfbfa",
  muted: "#868e9a",
  accent: "#3b5bdb",
  grid: "#e2e4e8",
};

export const DARK_THEME: Theme = {
  ink: "#eceef1",
  paper: "#16181d",
  muted: "#828b99",
  accent: "#7c96ff",
  grid: "#2a2e36",
};

const fixedColors = new Map<number, string>();

function fixedColor(rgba: number): string {
  let css = fixedColors.get(rgba);
  if (css === undefined) {
    css = `#${(rgba >>> 0).toString(16).padStart(8, "0")}`;
    // Freehand colour pickers make many; the table must not grow without end.
    if (fixedColors.size > 4096) fixedColors.clear();
    fixedColors.set(rgba, css);
  }
  return css;
}

/** The CSS colour of a display list's colour in a theme. */
export function cssColor(color: Color, theme: Theme): string {
  return typeof color === "number" ? fixedColor(color) : theme[color];
}
