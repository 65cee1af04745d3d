/** The colour that stands for a person everywhere: cursor, selection, avatar. Dark enough for white letters. */
export function personColor(hue: number): string {
  return `hsl(${hue} 65% 45%)`;
}
