import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { RenderRequest } from "../engine/types";
import { AnswerWriter } from "./codec";
import { FaultLedger, MOST_FAULTS } from "./fault-ledger";
import type { WorkerMessage, WorkRequest } from "./protocol";
import { type PluginFault, ShapePlugins } from "./shape-plugins";
import type { PluginDescription } from "./types";
import type { WorkerPort } from "./worker-line";

const plugin = (name: string, digest = `${name}1`): PluginDescription => ({
  name,
  digest,
  version: "0.1.0",
  entry: `/plugins/${digest}/plugin.js`,
  shape_types: [
    {
      name: "box",
      label: "Box",
      icon: "",
      default_size: { width: 1, height: 1 },
      default_props: {},
      props_schema: {},
      creation: "box",
      resize: "free",
      connectable: true,
      references: [],
      version: 1,
    },
  ],
});

const request = (type: string, id: string): RenderRequest => ({
  id,
  type,
  width: 1,
  height: 1,
  props: { name: id },
  version: 1,
  references: [],
});

/** Which shapes these are: each says so in its props. */
const names = (shapes: WorkRequest["shapes"]): string[] =>
  shapes.props.map((props) => (JSON.parse(props) as { name: string }).name);

/** A worker whose plugins answer with the shape's name; a shape named `hang` silences it, `break` is a fault. */
class FakeWorker implements WorkerPort {
  onmessage: WorkerPort["onmessage"] = null;
  onerror: WorkerPort["onerror"] = null;
  terminated = false;
  private hangs = false;

  constructor(private readonly requests: WorkRequest[]) {}

  postMessage(work: WorkRequest): void {
    this.requests.push(work);
    queueMicrotask(() => this.serve(work));
  }

  terminate(): void {
    this.terminated = true;
  }

  private say(message: WorkerMessage): void {
    if (!this.terminated && !this.hangs) this.onmessage?.({ data: message } as MessageEvent<WorkerMessage>);
  }

  private serve({ job, shapes, chunk, plugin: { name } }: WorkRequest): void {
    if (name === "unloadable") {
      this.say({ kind: "unusable", job, reason: "not found" });
      return;
    }
    const writer = new AnswerWriter();
    const faults: string[] = [];
    const asked = names(shapes);
    for (const [i, id] of asked.entries()) {
      if (i % chunk === 0) this.say({ kind: "progress", job, done: i });
      if (asked.slice(i - (i % chunk), i - (i % chunk) + chunk).includes("hang")) {
        this.hangs = true;
        return;
      }
      if (id === "break") faults.push("trap");
      writer.problem("drawn", id, undefined);
    }
    this.say({ kind: "done", job, answers: writer.finish(), faults });
  }
}

function setUp() {
  const workers: FakeWorker[] = [];
  const requests: WorkRequest[] = [];
  const faults: PluginFault[] = [];
  const plugins = new ShapePlugins({
    startWorker: () => {
      const worker = new FakeWorker(requests);
      workers.push(worker);
      return worker;
    },
    onFault: (fault) => faults.push(fault),
  });
  const messages = async (type: string, ids: string[]): Promise<string[]> => {
    const answers = plugins.render(ids.map((id) => request(type, id)));
    await vi.runAllTimersAsync();
    return (await answers).map((answer) => ("problem" in answer ? answer.problem : "drawn"));
  };
  return { plugins, workers, requests, faults, messages };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("shape plugins", () => {
  test("answers come back in the order of the requests, each plugin asked once", async () => {
    const { plugins, requests } = setUp();
    plugins.setPlugins([plugin("one"), plugin("two")]);
    const answers = plugins.render([
      request("one/box", "1"),
      request("two/box", "2"),
      request("one/box", "3"),
    ]);
    await vi.runAllTimersAsync();
    expect(await answers).toEqual([{ problem: "1" }, { problem: "2" }, { problem: "3" }]);
    expect(requests.map(({ plugin: { name }, shapes }) => [name, ...names(shapes)])).toEqual([
      ["one", "1", "3"],
      ["two", "2"],
    ]);
  });

  test("shapes wait until the project's plugins are known", async () => {
    const { plugins, requests } = setUp();
    const answers = plugins.render([request("one/box", "1")]);
    await vi.runAllTimersAsync();
    expect(requests).toHaveLength(0);
    expect(plugins.references("one/box")).toEqual([]);
    plugins.setPlugins([plugin("one")]);
    await vi.runAllTimersAsync();
    expect(await answers).toEqual([{ problem: "1" }]);
    expect(plugins.references("one/other")).toBeNull();
  });

  test("P3: a shape that another version of its plugin wrote is not handed to the plugin", async () => {
    const { plugins, requests } = setUp();
    const { shape_types: types, ...one } = plugin("one");
    plugins.setPlugins([{ ...one, shape_types: types.map((type) => ({ ...type, version: 2 })) }]);
    const written = [1, 2, 3].map((version) => ({ ...request("one/box", `v${version}`), version }));
    const answers = plugins.render(written);
    await vi.runAllTimersAsync();
    expect(await answers).toEqual([
      { problem: "This shape was made by an earlier version of its plugin." },
      { problem: "v2" },
      { problem: "This shape was made by a later version of its plugin." },
    ]);
    expect(requests.map(({ shapes }) => names(shapes))).toEqual([["v2"]]);
  });

  test("P1: a shape that hangs is found and named, the worker is replaced, and the others are drawn", async () => {
    const { plugins, workers, faults, messages } = setUp();
    plugins.setPlugins([plugin("one"), plugin("two")]);
    const ids = Array.from({ length: 200 }, (_, i) => (i === 100 ? "hang" : String(i)));
    const both = [messages("one/box", ids), messages("two/box", ["x"])];
    const [one, two] = await Promise.all(both);
    expect(two).toEqual(["x"]);
    expect(one?.[100]).toMatch(/did not answer in time for this shape/);
    expect(one?.filter((_, i) => i !== 100)).toEqual(ids.filter((id) => id !== "hang"));
    expect(workers.map((worker) => worker.terminated)).toEqual([true, true, false]);
    expect(faults.map(({ setAside }) => setAside)).toEqual([false, false]);
  });

  test("P1: after repeated faults a plugin is set aside in this tab, and can be restored", async () => {
    const { plugins, faults, messages } = setUp();
    const told: unknown[] = [];
    plugins.setPlugins([plugin("one")]);
    plugins.onChange((types) => told.push(types));
    for (let i = 0; i < MOST_FAULTS; i++) await messages("one/box", ["break"]);
    expect(faults.at(-1)).toEqual({ plugin: "one", reason: "trap", setAside: true });
    expect(told).toEqual([new Set(["one/box"])]);
    expect((await messages("one/box", ["1"]))[0]).toMatch(/not used in this tab: trap/);
    plugins.restore("one");
    expect(await messages("one/box", ["1"])).toEqual(["1"]);
  });

  test("a plugin that cannot be fetched is tried again when the connection is back", async () => {
    const { plugins, requests, messages } = setUp();
    plugins.setPlugins([plugin("unloadable")]);
    expect((await messages("unloadable/box", ["1"]))[0]).toMatch(/not found/);
    await messages("unloadable/box", ["2"]);
    expect(requests).toHaveLength(1);
    plugins.restoreUnloaded();
    await messages("unloadable/box", ["3"]);
    expect(requests).toHaveLength(2);
  });

  test("shapes are drawn anew when a plugin's build changes, and not when nothing does", () => {
    const { plugins } = setUp();
    const told: unknown[] = [];
    plugins.setPlugins([plugin("one")]);
    plugins.onChange((types) => told.push(types));
    plugins.setPlugins([plugin("one")]);
    expect(told).toEqual([]);
    plugins.setPlugins([plugin("one", "one2")]);
    expect(told).toEqual(["all"]);
  });

  test("validation gives problems with code and path", async () => {
    const { plugins } = setUp();
    plugins.setPlugins([plugin("one")]);
    const answers = plugins.validate([request("one/box", "1"), request("two/box", "2")]);
    await vi.runAllTimersAsync();
    expect(await answers).toEqual([
      { problem: { code: "drawn", message: "1", path: null } },
      { problem: { code: "plugin-fault", message: "No plugin named “two” is enabled here.", path: null } },
    ]);
  });

  test("a stopped one answers what still waits", async () => {
    const { plugins, faults } = setUp();
    plugins.setPlugins([plugin("one"), plugin("two")]);
    const answers = plugins.render([request("one/box", "hang"), request("two/box", "2")]);
    await vi.advanceTimersByTimeAsync(10);
    plugins.stop();
    expect(await answers).toEqual([
      { problem: "The canvas was closed." },
      { problem: "The canvas was closed." },
    ]);
    expect(await plugins.render([request("one/box", "3")])).toEqual([{ problem: "The canvas was closed." }]);
    expect(faults).toEqual([]);
  });
});

describe("the fault ledger", () => {
  test("faults far apart do not add up", () => {
    let now = 0;
    const ledger = new FaultLedger(() => now);
    for (let i = 0; i < 20; i++) {
      expect(ledger.note("one", "trap")).toBe(false);
      now += 20_000;
    }
    expect(ledger.note("one", "trap", MOST_FAULTS)).toBe(true);
    expect(ledger.reasonFor("one")).toBe("trap");
  });
});
