/** The project's shape plugins, for the rest of the app. */

export type { NormalForm, Problem, ValidateAnswer } from "./codec";
export {
  type PluginFault,
  type PluginLogLine,
  ShapePlugins,
  type ShapePluginsOptions,
  startAppWorker,
} from "./shape-plugins";
export type * from "./types";
