import type { Shape } from "./shape";

/** Shapes as text that is the same for the same canvas: ordered by id, members by name. */
export function canvasText(shapes: Iterable<Shape>): string {
  const byId = [...shapes].sort((a, b) => (a.id < b.id ? -1 : 1));
  return byId.map((shape) => JSON.stringify(sorted(shape))).join("\n");
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}
