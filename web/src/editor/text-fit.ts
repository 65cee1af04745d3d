/**
 * The size of shapes whose height follows from their text (resize policy `width-only`). Only the browser can measure
 * text, so the editor keeps such shapes as tall as their lines, and as wide as the longest when lines are not broken.
 */

import type { Operation } from "../document/shape";
import { cssFont } from "../engine";
import type { TextStyle } from "../engine/types";
import type { Editor } from "./editor";
import { resizePolicy } from "./overlay";

export interface MeasuredText {
  width: number;
  height: number;
}

/** Measures a text laid out in this style; `width` is where lines are broken if the style wraps. */
export type MeasureText = (text: string, style: TextStyle, width: number) => MeasuredText;

/** Measures with an unseen element, so that line breaks are the browser's own. */
export function measureInPage(text: string, style: TextStyle, width: number): MeasuredText {
  const element = document.createElement("div");
  Object.assign(element.style, {
    position: "fixed",
    visibility: "hidden",
    font: cssFont(style),
    lineHeight: String(style.lineHeight),
    whiteSpace: style.wrap ? "pre-wrap" : "pre",
    overflowWrap: "break-word",
    width: style.wrap ? `${width}px` : "max-content",
  });
  // A line feed at the end opens a line only when something follows.
  element.textContent = text.endsWith("\n") || text === "" ? `${text}​` : text;
  document.body.append(element);
  const { width: measured, height } = element.getBoundingClientRect();
  element.remove();
  return { width: measured, height };
}

/** What brings a shape to the size of its text; nothing for shapes whose size is people's own to choose. */
export function fitToText(editor: Editor, id: string, measure: MeasureText = measureInPage): Operation[] {
  const shape = editor.document.get(id);
  const label = editor.engine.labelArea(id);
  if (!shape || !label || resizePolicy(editor, shape.type) !== "width-only") return [];
  const text = shape.props[label.prop];
  const size = measure(typeof text === "string" ? text : "", label.style, shape.width);
  const height = Math.ceil(size.height);
  const width = label.style.wrap ? shape.width : Math.max(8, Math.ceil(size.width) + 2);
  if (height === shape.height && width === shape.width) return [];
  const spare = shape.width - width;
  const shift = { left: 0, center: spare / 2, right: spare }[label.style.align];
  return [{ patch: { id, x: shape.x + shift, width, height } }];
}
