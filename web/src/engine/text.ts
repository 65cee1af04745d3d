/** Text: fonts, measuring, and breaking it into lines that fit a box. */

import type { Rect, TextItem, TextStyle } from "./types";

/** System fonts only: a canvas looks ready at once, and nothing is fetched. */
const FONT_STACKS: Record<TextStyle["font"], string> = {
  sans: 'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  serif: 'Charter, "Iowan Old Style", "Palatino Linotype", Georgia, "Times New Roman", serif',
  mono: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
  hand: '"Segoe Print", "Bradley Hand", Chilanka, "Comic Sans MS", "Comic Neue", cursive',
};

/** The CSS `font` of a style, also for the text field in which a label is edited. */
export function cssFont(style: TextStyle): string {
  return `${style.italic ? "italic " : ""}${style.weight} ${style.size}px ${FONT_STACKS[style.font]}`;
}

/** The width of a text in a CSS font. */
export type MeasureText = (text: string, font: string) => number;

/** A line of laid out text: where to draw it, by its start, centre or end as the style aligns it. */
export interface TextLine {
  text: string;
  x: number;
  /** The alphabetic base line. */
  y: number;
}

export interface TextLayout {
  font: string;
  lines: TextLine[];
}

/** Measures with the browser, and keeps what it measured: words come again and again. */
export function browserMeasure(): MeasureText {
  const context = document.createElement("canvas").getContext("2d");
  const widths = new Map<string, number>();
  return (text, font) => {
    const key = `${font}\n${text}`;
    let width = widths.get(key);
    if (width === undefined) {
      if (context !== null && context.font !== font) context.font = font;
      width = context?.measureText(text).width ?? 0;
      if (widths.size > 20_000) widths.clear();
      widths.set(key, width);
    }
    return width;
  };
}

/** The longest beginning of a word that fits, at least one character. */
function fittingPrefix(word: string, width: number, font: string, measure: MeasureText): number {
  const characters = Array.from(word);
  let low = 1;
  let high = characters.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (measure(characters.slice(0, middle).join(""), font) <= width) low = middle;
    else high = middle - 1;
  }
  return characters.slice(0, low).join("").length;
}

/** Breaks one paragraph at spaces, and inside words that are longer than a line. */
function breakParagraph(paragraph: string, width: number, font: string, measure: MeasureText): string[] {
  const lines: string[] = [];
  let line = "";
  for (const piece of paragraph.split(/(?<=\s)/)) {
    const candidate = line + piece;
    if (measure(candidate.trimEnd(), font) <= width) {
      line = candidate;
      continue;
    }
    if (line !== "") lines.push(line.trimEnd());
    line = piece;
    while (measure(line.trimEnd(), font) > width) {
      const length = fittingPrefix(line, width, font, measure);
      if (length >= line.length) break;
      lines.push(line.slice(0, length));
      line = line.slice(length);
    }
  }
  lines.push(line.trimEnd());
  return lines;
}

/** The lines of a text, broken at line feeds and, if the style wraps, at the width. */
export function breakLines(content: string, width: number, style: TextStyle, measure: MeasureText): string[] {
  const paragraphs = content.split(/\r\n|\r|\n/);
  if (!style.wrap || width <= 0) return paragraphs;
  const font = cssFont(style);
  return paragraphs.flatMap((paragraph) => breakParagraph(paragraph, width, font, measure));
}

/** How far down its line box a base line lies, in ems: typical of the system fonts above. */
const ASCENT = 0.8;

function topOf(area: Rect, height: number, align: TextStyle["verticalAlign"]): number {
  if (align === "top") return area.y;
  return align === "middle" ? area.y + (area.height - height) / 2 : area.y + area.height - height;
}

/** Lays a text out in its area. */
export function layoutText(item: TextItem, measure: MeasureText): TextLayout {
  const { area, style } = item;
  const lines = breakLines(item.content, area.width, style, measure);
  const step = style.size * style.lineHeight;
  const top = topOf(area, lines.length * step, style.verticalAlign);
  const x = { left: area.x, center: area.x + area.width / 2, right: area.x + area.width }[style.align];
  const baseline = (step - style.size) / 2 + style.size * ASCENT;
  return {
    font: cssFont(style),
    lines: lines.map((text, i) => ({ text, x, y: top + i * step + baseline })),
  };
}

/** Widths of an average character, in ems, on the generous side: narrow scripts, and scripts of square characters. */
const NARROW = 0.62;
const SQUARE = 1;

function roughWidth(text: string, size: number): number {
  let ems = 0;
  for (const character of text) ems += (character.codePointAt(0) ?? 0) < 0x2e80 ? NARROW : SQUARE;
  return ems * size;
}

/**
 * A box that a laid out text surely keeps to, guessed without measuring: text may run over its area, and what is
 * drawn outside of a shape's bounds would stay behind when the shape moves.
 */
export function roughTextBox({ content, area, style }: TextItem): Rect {
  const widths = content.split(/\r\n|\r|\n/).map((line) => roughWidth(line, style.size));
  const room = Math.max(area.width, style.size);
  // Breaking at words leaves up to half of a line empty.
  const lines = style.wrap
    ? widths.reduce((sum, width) => sum + Math.ceil((1.5 * width) / room) + 1, 0)
    : widths.length;
  const height = Math.max(area.height, lines * style.size * style.lineHeight + style.size);
  const width = style.wrap ? room : Math.max(area.width, 1.2 * Math.max(...widths));
  const x = { left: area.x, center: area.x + (area.width - width) / 2, right: area.x + area.width - width }[
    style.align
  ];
  const y = Math.min(area.y, topOf(area, height, style.verticalAlign)) - style.size / 4;
  return { x, y, width, height: height + style.size / 2 };
}
