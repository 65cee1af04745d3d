/** One plugin inside the worker: fetched, compiled and instantiated when first needed, and anew after it broke. */

import type { GuestShapes } from "./guest-types";
import { hostImports } from "./host-imports";
import type { PluginEntry, WorkerMessage } from "./protocol";

/** What a transpiled plugin's module offers (js-component-bindgen, asynchronous instantiation). */
interface PluginModule {
  instantiate(
    getCoreModule: (path: string) => Promise<WebAssembly.Module>,
    imports: Record<string, unknown>,
  ): Promise<{ shapes: GuestShapes }>;
}

type Level = Extract<WorkerMessage, { kind: "log" }>["level"];

/** Log lines that one call may write; as on the server. */
const MOST_LOG_LINES = 64;
const MOST_LOG_LENGTH = 4096;

async function compile(address: URL): Promise<WebAssembly.Module> {
  const response = await fetch(address);
  if (!response.ok)
    throw new Error(`${address.pathname} answered ${response.status}, expected the plugin's code`);
  return WebAssembly.compileStreaming(response);
}

export class Guest {
  private shapes: GuestShapes | null = null;
  private module: Promise<PluginModule> | null = null;
  private readonly compiled = new Map<string, Promise<WebAssembly.Module>>();
  private linesLeft = 0;

  constructor(
    private readonly plugin: PluginEntry,
    private readonly log: (level: Level, message: string) => void,
  ) {}

  get ready(): boolean {
    return this.shapes !== null;
  }

  /** The instance; rejects when the plugin cannot be fetched, compiled or instantiated. */
  async instance(): Promise<GuestShapes> {
    if (this.shapes !== null) return this.shapes;
    const address = new URL(this.plugin.entry, self.location.href);
    this.module ??= import(/* @vite-ignore */ address.href) as Promise<PluginModule>;
    const { instantiate } = await this.module;
    const getCoreModule = (path: string): Promise<WebAssembly.Module> => {
      const compiled = this.compiled.get(path) ?? compile(new URL(path, address));
      this.compiled.set(path, compiled);
      return compiled;
    };
    this.shapes = (await instantiate(getCoreModule, this.imports())).shapes;
    return this.shapes;
  }

  /** Call it before each call of the plugin: the limits count anew. */
  startCall(): void {
    this.linesLeft = MOST_LOG_LINES;
  }

  /** Gives up the instance after a fault: its memory may be in any state. */
  discard(): void {
    this.shapes = null;
  }

  private imports(): Record<string, unknown> {
    const write = (level: Level, message: string): void => {
      if (this.linesLeft-- > 0) this.log(level, message.slice(0, MOST_LOG_LENGTH));
    };
    return hostImports({ write });
  }
}
