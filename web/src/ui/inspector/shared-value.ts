import { type Shape, sameJson } from "../../document/shape";

/** What all shapes have in common; undefined when they differ. */
export function shared<T>(shapes: readonly Shape[], pick: (shape: Shape) => T): T | undefined {
  const [first, ...rest] = shapes.map(pick);
  return rest.every((value) => sameJson(value, first)) ? first : undefined;
}
