import type { ShapeType } from "../editor/shape-catalog";
import type { RenderRequest, RenderSource } from "../engine/types";

/**
 * Has every plugin draw a shape that nobody will see: it is fetched and compiled while the canvas itself is still on
 * its way. Resolves when all of them have answered.
 */
export async function warmUp(source: RenderSource, types: readonly ShapeType[]): Promise<void> {
  const first = new Map<string, RenderRequest>();
  for (const { name, defaultProps: props, defaultSize } of types) {
    const plugin = name.slice(0, name.indexOf("/"));
    if (!first.has(plugin))
      first.set(plugin, { id: name, type: name, ...defaultSize, props, references: [] });
  }
  await source.render([...first.values()]);
}
