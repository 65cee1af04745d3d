/**
 * The project's shape plugins as the page sees them: which types there are, and having shapes drawn and checked. The
 * plugins themselves run in a worker (`worker.ts`); one that hangs or breaks costs its own shapes a placeholder and
 * nothing else (S2, P1, P3).
 */

import type { RenderAnswer, RenderRequest, RenderSource } from "../engine/types";
import { AnswerReader, type ValidateAnswer } from "./codec";
import { FaultLedger } from "./fault-ledger";
import type { PluginEntry, ShapeColumns, WorkKind } from "./protocol";
import type { PluginDescription, ShapeTypeDescription } from "./types";
import { type Patience, WorkerLine, type WorkerPort } from "./worker-line";

/** Shapes in one call of a plugin. Small enough that a call that hangs points at few of them. */
const CHUNK = 64;

/** What happened to a plugin, for the interface to show. */
export interface PluginFault {
  plugin: string;
  reason: string;
  /** Whether the plugin is not used in this tab any more. */
  setAside: boolean;
}

export interface PluginLogLine {
  plugin: string;
  level: "error" | "warn" | "info" | "debug";
  message: string;
}

export interface ShapePluginsOptions {
  /** Starts a worker; the app's own unless told. */
  startWorker?: () => WorkerPort;
  patience?: Patience;
  onFault?: (fault: PluginFault) => void;
  onLog?: (line: PluginLogLine) => void;
}

/** The worker that runs plugins. */
export function startAppWorker(): Worker {
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "plugins" });
}

/** One way of asking plugins: what for, how an answer is read, and what stands for one that did not come. */
interface Asking<Answer> {
  kind: WorkKind;
  read: (reader: AnswerReader) => Answer;
  fault: (problem: string) => Answer;
}

const RENDERING: Asking<RenderAnswer> = {
  kind: "render",
  read: (reader) => reader.rendered(),
  fault: (problem) => ({ problem }),
};

const VALIDATING: Asking<ValidateAnswer> = {
  kind: "validate",
  read: (reader) => reader.validated(),
  fault: (message) => ({ problem: { code: "plugin-fault", message, path: null } }),
};

export class ShapePlugins implements RenderSource {
  private readonly line: WorkerLine;
  private readonly ledger = new FaultLedger();
  /** Plugins set aside because they could not be fetched or started at all. */
  private readonly unloaded = new Set<string>();
  private plugins = new Map<string, PluginDescription>();
  private types = new Map<string, ShapeTypeDescription>();
  private readonly listeners = new Set<(types: ReadonlySet<string> | "all") => void>();
  private known = false;
  private announce: () => void = () => {};
  private readonly announced = new Promise<void>((resolve) => {
    this.announce = resolve;
  });

  constructor(private readonly options: ShapePluginsOptions = {}) {
    const log = options.onLog ?? (() => {});
    this.line = new WorkerLine(
      options.startWorker ?? startAppWorker,
      ({ plugin, level, message }) => log({ plugin, level, message }),
      options.patience,
    );
  }

  /** Says which plugins the project has enabled. Shapes of plugins that came, went or changed are drawn anew. */
  setPlugins(plugins: readonly PluginDescription[]): void {
    const before = this.plugins;
    this.plugins = new Map(plugins.map((plugin) => [plugin.name, plugin]));
    this.types = new Map(
      plugins.flatMap(({ name, shape_types }) =>
        shape_types.map((type) => [`${name}/${type.name}`, type] as const),
      ),
    );
    const first = !this.known;
    this.known = true;
    this.announce();
    if (first) {
      this.tell("all");
      return;
    }
    for (const name of new Set([...before.keys(), ...this.plugins.keys()])) {
      if (before.get(name)?.digest === this.plugins.get(name)?.digest) continue;
      this.ledger.forgive(name);
      this.tell("all");
      return;
    }
  }

  /** The description of `plugin/type`; undefined when no enabled plugin has it. */
  describe(type: string): ShapeTypeDescription | undefined {
    return this.types.get(type);
  }

  /** Uses a plugin again that was set aside. */
  restore(plugin: string): void {
    this.unloaded.delete(plugin);
    this.ledger.forgive(plugin);
    this.tell(this.typesOf(plugin));
  }

  /** Tries again the plugins that could not be fetched. Call it when the connection is back. */
  restoreUnloaded(): void {
    for (const plugin of [...this.unloaded]) this.restore(plugin);
  }

  /** Until the plugins are known, every type may come to be: shapes wait instead of being called unknown. */
  references(type: string): readonly string[] | null {
    if (!this.known) return [];
    return this.types.get(type)?.references ?? null;
  }

  /** Draws shapes; answers come in the order of the requests. Never rejects. */
  render(requests: readonly RenderRequest[]): Promise<RenderAnswer[]> {
    return this.answerAll(RENDERING, requests);
  }

  /** Checks props, as the server will; answers come in the order of the requests. Never rejects. */
  validate(requests: readonly RenderRequest[]): Promise<ValidateAnswer[]> {
    return this.answerAll(VALIDATING, requests);
  }

  onChange(listener: (types: ReadonlySet<string> | "all") => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  stop(): void {
    this.line.stop();
    this.listeners.clear();
  }

  private tell(types: ReadonlySet<string> | "all"): void {
    for (const listener of this.listeners) listener(types);
  }

  private typesOf(plugin: string): Set<string> {
    return new Set([...this.types.keys()].filter((type) => type.startsWith(`${plugin}/`)));
  }

  private async answerAll<Answer>(
    asking: Asking<Answer>,
    requests: readonly RenderRequest[],
  ): Promise<Answer[]> {
    await this.announced;
    const answers = new Array<Answer>(requests.length);
    const groups = new Map<string, number[]>();
    for (const [place, request] of requests.entries()) {
      const { type } = request;
      const problem = this.versionProblem(request);
      if (problem !== null) {
        answers[place] = asking.fault(problem);
        continue;
      }
      const name = type.slice(0, Math.max(0, type.indexOf("/")));
      const places = groups.get(name);
      if (places === undefined) groups.set(name, [place]);
      else places.push(place);
    }
    const all = [...groups].map(async ([name, places]) => {
      const group = places.map((place) => requests[place] as RenderRequest);
      const found = await this.askPlugin(asking, name, group, CHUNK);
      for (const [i, place] of places.entries()) answers[place] = found[i] as Answer;
    });
    await Promise.all(all);
    return answers;
  }

  /** Why the plugin cannot read this shape's props: it reads those of its own version only. Null: it can. */
  private versionProblem({ type, version }: RenderRequest): string | null {
    const current = this.types.get(type)?.version ?? version;
    if (version === current) return null;
    return `This shape was made by ${version < current ? "an earlier" : "a later"} version of its plugin.`;
  }

  /** Has one plugin answer, `chunk` shapes a call. Gives back as many answers as there are requests. */
  private async askPlugin<Answer>(
    asking: Asking<Answer>,
    name: string,
    requests: RenderRequest[],
    chunk: number,
  ): Promise<Answer[]> {
    const faultyAll = (problem: string): Answer[] => requests.map(() => asking.fault(problem));
    if (requests.length === 0) return [];
    const plugin = this.plugins.get(name);
    if (plugin === undefined) return faultyAll(`No plugin named “${name}” is enabled here.`);
    const aside = this.ledger.reasonFor(name);
    if (aside !== null) return faultyAll(asideMessage(name, aside));
    const outcome = await this.line.run({
      kind: asking.kind,
      plugin: entryOf(plugin),
      shapes: columns(requests),
      chunk,
    });
    if (outcome.kind === "hung") return this.afterHang(asking, name, requests, chunk, outcome.done);
    if (outcome.kind === "stopped") return faultyAll("The canvas was closed.");
    if (outcome.kind === "unusable") {
      this.setAside(name, outcome.reason);
      return faultyAll(asideMessage(name, outcome.reason));
    }
    this.noteFaults(name, outcome.faults);
    const reader = new AnswerReader(outcome.answers);
    return requests.map(() => asking.read(reader));
  }

  /** Finds the shape that hangs: its chunk is asked for shape by shape, the others as before. */
  private async afterHang<Answer>(
    asking: Asking<Answer>,
    name: string,
    requests: RenderRequest[],
    chunk: number,
    done: number,
  ): Promise<Answer[]> {
    this.noteFaults(name, ["It did not answer in time and was stopped."]);
    const suspects = requests.slice(done, done + chunk);
    const before = await this.askPlugin(asking, name, requests.slice(0, done), chunk);
    const found =
      suspects.length === 1
        ? [asking.fault(`The plugin “${name}” did not answer in time for this shape.`)]
        : await this.askPlugin(asking, name, suspects, 1);
    const after = await this.askPlugin(asking, name, requests.slice(done + chunk), chunk);
    return [...before, ...found, ...after];
  }

  private noteFaults(name: string, faults: readonly string[]): void {
    const reason = faults[faults.length - 1];
    if (reason === undefined) return;
    const setAside = this.ledger.note(name, reason, faults.length);
    this.options.onFault?.({ plugin: name, reason, setAside });
    if (setAside) this.tell(this.typesOf(name));
  }

  private setAside(name: string, reason: string): void {
    this.ledger.condemn(name, reason);
    this.unloaded.add(name);
    this.options.onFault?.({ plugin: name, reason, setAside: true });
  }
}

function asideMessage(name: string, reason: string): string {
  return `The plugin “${name}” is not used in this tab: ${reason}`;
}

function entryOf({ name, digest, entry }: PluginDescription): PluginEntry {
  return { name, digest, entry };
}

function columns(requests: readonly RenderRequest[]): ShapeColumns {
  const shapes: ShapeColumns = {
    types: requests.map(({ type }) => type.slice(type.indexOf("/") + 1)),
    sizes: Float64Array.from(requests.flatMap(({ width, height }) => [width, height])),
    props: requests.map(({ props }) => JSON.stringify(props)),
    references: [],
  };
  for (const [place, { references }] of requests.entries()) {
    if (references.length > 0) shapes.references.push([place, references]);
  }
  return shapes;
}
