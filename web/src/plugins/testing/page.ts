/** Runs in the browser: `worker.test.ts` calls it. */

import type { RenderRequest } from "../../engine/types";
import { type PluginFault, type PluginLogLine, ShapePlugins } from "../index";
import type { PluginDescription, ShapeTypeDescription } from "../types";

const type = (name: string): ShapeTypeDescription => ({
  name,
  label: name,
  icon: "",
  default_size: { width: 1, height: 1 },
  default_props: {},
  props_schema: {},
  creation: "box",
  resize: "free",
  connectable: true,
  references: [],
  version: 1,
});

const plugin = (name: string, types: string[]): PluginDescription => ({
  name,
  version: "1",
  digest: name,
  entry: `/plugins/${name}.js`,
  shape_types: types.map(type),
});

export interface Rendered {
  /** The problem of each shape; null where it was drawn. */
  problems: (string | null)[];
  faults: PluginFault[];
  logs: PluginLogLine[];
}

/** Has shapes of these types drawn, one each, by fresh plugins in a fresh worker. */
async function render(types: string[]): Promise<Rendered> {
  const faults: PluginFault[] = [];
  const logs: PluginLogLine[] = [];
  const plugins = new ShapePlugins({
    onFault: (fault) => faults.push(fault),
    onLog: (line) => logs.push(line),
    patience: { call: 1500, loading: 30_000, grace: 500 },
  });
  plugins.setPlugins([plugin("guest", ["good", "hangs", "traps", "floods"]), plugin("missing", ["any"])]);
  const requests = types.map(
    (name, i): RenderRequest => ({
      id: `s${i}`,
      type: name,
      width: 7,
      height: 7,
      props: {},
      version: 1,
      references: [],
    }),
  );
  const answers = await plugins.render(requests);
  plugins.stop();
  return { problems: answers.map((answer) => ("problem" in answer ? answer.problem : null)), faults, logs };
}

export type RenderInBrowser = typeof render;

Object.assign(window, { render });
