/** Shapes of the plugin `basic`, drawn by the plugin itself in the app's own worker. */

import type { Shape } from "../../src/engine/index";
import { ShapePlugins } from "../../src/plugins/index";
import type { PluginDescription, ShapeTypeDescription } from "../../src/plugins/types";

const TYPES = ["rectangle", "ellipse", "star", "diamond"];
const FILLS = ["#ffd43b", "#74c0fc", "#ff8787", "#8ce99a", "#d0bfff", "#ffc078", "#66d9e8", "#dee2e6"];

function description(name: string): ShapeTypeDescription {
  return {
    name,
    label: name,
    icon: "",
    default_size: { width: 100, height: 100 },
    default_props: {},
    props_schema: {},
    creation: "box",
    resize: "free",
    connectable: true,
    references: [],
    version: 1,
  };
}

/** The plugin as the server would describe it; `drawing.mjs` serves its browser build at this address. */
const BASIC: PluginDescription = {
  name: "basic",
  version: "0",
  digest: "bench",
  entry: "/plugins/basic/plugin.js",
  shape_types: TYPES.map(description),
};

/** The app's plugin worker with this plugin in it. */
export function realPlugins(): ShapePlugins {
  const plugins = new ShapePlugins({
    onFault: ({ plugin, reason }) => console.error(`${plugin}: ${reason}`),
  });
  plugins.setPlugins([BASIC]);
  return plugins;
}

/** The same canvas in the plugin's terms: props in the normal form that it gave. */
export async function realShapes(plugins: ShapePlugins, shapes: readonly Shape[]): Promise<Shape[]> {
  const made = shapes.map((shape, i) => ({
    ...shape,
    type: `basic/${TYPES[i % TYPES.length]}`,
    props: {
      fill: FILLS[(i * 7) % FILLS.length] as string,
      text: shape.props.label as string,
      text_size: 12,
    },
  }));
  const answers = await plugins.validate(made.map((shape) => ({ ...shape, references: [] })));
  return made.map((shape, i) => {
    const answer = answers[i];
    if (answer === undefined || "problem" in answer) throw new Error(JSON.stringify(answer));
    return { ...shape, ...answer.ok.size, props: JSON.parse(answer.ok.props) };
  });
}
