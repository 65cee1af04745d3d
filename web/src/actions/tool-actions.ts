import type { ShapeCatalog } from "../editor/shape-catalog";
import type { Action } from "./action";

const FIXED: readonly Action[] = [
  {
    id: "tool.select",
    label: "Select",
    group: "Tools",
    shortcuts: ["v"],
    enabled: () => true,
    run: ({ editor }) => editor.tools.choose("select"),
  },
  {
    id: "tool.hand",
    label: "Hand",
    group: "Tools",
    shortcuts: ["h"],
    enabled: () => true,
    run: ({ editor }) => editor.tools.choose("hand"),
  },
];

/** The tools: select, hand, and one for each shape type. A shortcut goes to whoever asks for it first. */
export function toolActions(catalog: ShapeCatalog): Action[] {
  const taken = new Set(FIXED.flatMap(({ shortcuts }) => shortcuts ?? []));
  const types = catalog.types.value.map((type): Action => {
    const wanted = type.shortcut?.toLowerCase();
    const free = wanted !== undefined && wanted.length === 1 && !taken.has(wanted);
    if (free) taken.add(wanted);
    return {
      id: `tool.${type.name}`,
      label: type.label,
      group: "Tools",
      ...(free ? { shortcuts: [wanted] } : {}),
      enabled: ({ editor }) => editor.mayEdit,
      run: ({ editor }) => editor.tools.choose(type.name),
    };
  });
  return [...FIXED, ...types];
}
