/** The shape types of the project's plugins, ready for tools and inspector: JSON parsed, names whole. */

import type { Json, Shape } from "../engine/types";
import type { CreationGesture, PluginDescription, ResizePolicy } from "../plugins/types";
import { Signal } from "../reactive/signal";

/** An enabled plugin as the server tells of it. */
export interface ProjectPlugin extends Omit<PluginDescription, "entry"> {
  description?: string;
  /** Null: it draws nothing, or cannot be used. */
  entry: string | null;
  state: "ok" | "quarantined" | "missing";
  /** Why it cannot be used. */
  reason?: string | null;
}

/** The parts of JSON Schema that the inspector is made from. */
export interface PropSchema {
  type?: string | string[];
  title?: string;
  description?: string;
  enum?: Json[];
  minimum?: number;
  maximum?: number;
  multipleOf?: number;
  format?: string;
  maxLength?: number;
  [keyword: string]: unknown;
}

export interface ShapeType {
  /** `plugin/type`. */
  name: string;
  label: string;
  /** Path data in a 24 by 24 box. */
  icon: string;
  shortcut: string | null;
  defaultSize: { width: number; height: number };
  defaultProps: { [key: string]: Json };
  props: { [key: string]: PropSchema };
  creation: CreationGesture;
  resize: ResizePolicy;
  connectable: boolean;
  references: readonly string[];
  /** Boolean props that say which way round a shape lies; null: it is never mirrored. */
  mirror: { horizontal: string; vertical: string } | null;
  /** The boolean prop that is true once people have chosen the width. */
  widthChosen: string | null;
  /** The version of the props. */
  version: number;
}

export class ShapeCatalog {
  readonly plugins = new Signal<readonly ProjectPlugin[]>([]);
  /** In the order in which the toolbar shows them. */
  readonly types = new Signal<readonly ShapeType[]>([]);
  #byName = new Map<string, ShapeType>();

  set(plugins: readonly ProjectPlugin[]): void {
    const usable = plugins.filter((plugin) => plugin.state === "ok");
    const types = usable.flatMap((plugin) => shapeTypes(plugin));
    this.#byName = new Map(types.map((type) => [type.name, type]));
    this.plugins.value = plugins;
    this.types.value = types;
  }

  get(name: string): ShapeType | undefined {
    return this.#byName.get(name);
  }

  /** The type that describes a shape's props: undefined too when another version of it wrote them. */
  of({ type, version }: Pick<Shape, "type" | "version">): ShapeType | undefined {
    const found = this.get(type);
    return found?.version === version ? found : undefined;
  }

  /** The plugin that a shape type belongs to, when the project has it. */
  pluginOf(name: string): ProjectPlugin | undefined {
    return this.plugins.value.find((plugin) => name.startsWith(`${plugin.name}/`));
  }
}

/** The plugins that the drawing worker can load. */
export function drawingPlugins(plugins: readonly ProjectPlugin[]): PluginDescription[] {
  return plugins.flatMap(({ entry, state, ...plugin }) =>
    entry && state === "ok" ? [{ ...plugin, entry }] : [],
  );
}

function shapeTypes(plugin: ProjectPlugin): ShapeType[] {
  return plugin.shape_types.map((type) => {
    const schema = object(type.props_schema);
    return {
      name: `${plugin.name}/${type.name}`,
      label: type.label,
      icon: type.icon,
      shortcut: type.shortcut ?? null,
      defaultSize: type.default_size,
      defaultProps: object(type.default_props),
      props: (schema.properties ?? {}) as { [key: string]: PropSchema },
      creation: type.creation,
      resize: type.resize,
      connectable: type.connectable,
      references: type.references,
      mirror: type.mirror ?? null,
      widthChosen: type.width_chosen ?? null,
      version: type.version,
    };
  });
}

function object(json: { [key: string]: Json } | string): { [key: string]: Json } {
  return typeof json === "string" ? (JSON.parse(json) as { [key: string]: Json }) : json;
}
