/**
 * The size of shapes that follows from their text, as the label's `fit` says. Only the browser can measure text, so the
 * editor keeps such shapes as tall as their lines, and as wide as the longest where that is asked for.
 */

import type { Operation, Shape } from "../document/shape";
import { cssFont } from "../engine";
import type { PlacedLabel, TextStyle } from "../engine/types";
import type { Editor } from "./editor";

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
  // With several that want a say, the first has it, whichever is written in: else the size would jump to and fro.
  const label = editor.engine.labelAreas(id).find(({ fit }) => fit !== "none");
  if (!shape || !label) return [];
  const { fit, style, margin } = whenWidthIsChosen(editor, shape, label);
  const text = shape.props[label.prop];
  const size = measure(typeof text === "string" ? text : "", style, shape.width - margin.width);
  const height = Math.ceil(size.height + margin.height);
  const width = fit === "height" ? shape.width : Math.max(8, Math.ceil(size.width + margin.width) + 2);
  if (height === shape.height && width === shape.width) return [];
  const spare = shape.width - width;
  const shift = { left: 0, center: spare / 2, right: spare }[label.style.align];
  return [{ patch: { id, x: shape.x + shift, width, height } }];
}

/** The label as it will be drawn: lines are broken from the moment in which people choose a width. */
function whenWidthIsChosen(editor: Editor, shape: Shape, label: PlacedLabel): PlacedLabel {
  const prop = editor.catalog.of(shape)?.widthChosen;
  const chosen = prop != null && shape.props[prop] === true;
  if (label.fit === "height") return label;
  const style = { ...label.style, wrap: chosen };
  return { ...label, fit: chosen ? "height" : "both", style };
}
