/**
 * The project's plugins, got ready while everything else is still on its way: the worker starts with the page, and as
 * soon as the project is known, the plugins that draw are fetched, compiled, and draw a shape nobody sees.
 */

import type { Project } from "../api/server";
import { drawingPlugins } from "../editor/shape-catalog";
import type { Json, RenderRequest } from "../engine/types";
import { type PluginFault, ShapePlugins, startAppWorker } from "../plugins";
import type { PluginDescription } from "../plugins/types";
import { reached } from "./milestones";

export interface PluginsAhead {
  readonly plugins: ShapePlugins;
  /** Calls back for what has gone wrong so far, and for what goes wrong from now on. */
  onFault(listener: (fault: PluginFault) => void): void;
  /** Ends the plugins and their worker, whether it had work to do or not. */
  stopPlugins(): void;
}

export function pluginsAhead(project: Promise<Project>): PluginsAhead {
  const faults: PluginFault[] = [];
  let tell: (fault: PluginFault) => void = (fault) => faults.push(fault);
  // Its script is loaded by way of the page's own thread, which soon has other things to do for a while.
  let ahead: Worker | null = startAppWorker();
  const plugins = new ShapePlugins({
    startWorker() {
      const worker = ahead ?? startAppWorker();
      ahead = null;
      return worker;
    },
    onFault: (fault) => tell(fault),
  });
  const stopPlugins = () => {
    plugins.stop();
    ahead?.terminate();
    ahead = null;
  };
  project.then(
    (found) => {
      const drawing = drawingPlugins(found.plugins);
      plugins.setPlugins(drawing);
      void warmUp(plugins, drawing.flatMap(firstShape));
    },
    () => stopPlugins(),
  );
  return {
    plugins,
    onFault(listener) {
      tell = listener;
      for (const fault of faults.splice(0)) listener(fault);
    },
    stopPlugins,
  };
}

/** One after the other: what the canvas needs is asked for meanwhile, and shall not wait for all of them. */
async function warmUp(plugins: ShapePlugins, shapes: readonly RenderRequest[]): Promise<void> {
  for (const [place, shape] of shapes.entries()) {
    await plugins.render([shape]);
    if (place === 0) reached("plugins");
  }
}

/** A plugin's first shape type as a new shape of it would be. */
function firstShape({ name, shape_types: [type] }: PluginDescription): RenderRequest[] {
  if (!type) return [];
  const { default_props: given, default_size: size, version } = type;
  const props = typeof given === "string" ? (JSON.parse(given) as { [key: string]: Json }) : given;
  const id = `${name}/${type.name}`;
  return [{ id, type: id, ...size, props, version, references: [] }];
}
