/** What the web app knows of plugins: the server's description of them, as it comes over the wire. */

import type { Json } from "../engine/types";

/** How people make a shape of a type. */
export type CreationGesture = "box" | "click" | "points" | "freehand" | "connect";

/** What dragging a shape's handles may do. */
export type ResizePolicy = "free" | "keep-aspect" | "width-only" | "fixed";

/** The contract's `shape-type` (`wit/0.1.0/shapes.wit` tells each field's meaning). */
export interface ShapeTypeDescription {
  /** Without the plugin's name: `star`. */
  name: string;
  label: string;
  icon: string;
  shortcut?: string | null;
  default_size: { width: number; height: number };
  default_props: { [key: string]: Json } | string;
  props_schema: { [key: string]: Json } | string;
  creation: CreationGesture;
  resize: ResizePolicy;
  connectable: boolean;
  references: string[];
  assets?: string[];
  mirror?: { horizontal: string; vertical: string } | null;
  width_chosen?: string | null;
  version: number;
}

/** One enabled plugin that draws shapes. */
export interface PluginDescription {
  /** The first half of its shape types' names: `basic`. */
  name: string;
  version: string;
  /** Names the exact build; it is part of `entry`. */
  digest: string;
  /** The module that the worker imports: `/plugins/<digest>/plugin.js`. */
  entry: string;
  shape_types: ShapeTypeDescription[];
}
