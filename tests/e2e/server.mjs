// A real server in a process of its own, to be killed and started again on the same data.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const program = process.env.COLLABCANVAS_BIN ?? join(root, "target/debug/collabcanvas");
const plugins = process.env.COLLABCANVAS_PLUGINS ?? join(root, "target/plugins");
const web = process.env.COLLABCANVAS_WEB ?? join(root, "web/dist");

/** A data folder that goes when the test does. */
export function dataFolder(test) {
  const folder = mkdtempSync(join(tmpdir(), "collabcanvas-e2e-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A port that is free now; the server keeps it over its lives, so that pages can come back to it. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close((error) => (error ? reject(error) : resolve(port)));
    });
  });
}

/** Starts the server, with further options; it dies with the test. */
export async function startServer(test, data, port, further = []) {
  for (const needed of [program, plugins, join(web, "index.html")])
    if (!existsSync(needed)) throw new Error(`${needed} is missing: run \`cargo xtask test --only e2e\``);
  const readyFile = join(data, "ready.json");
  rmSync(readyFile, { force: true });
  const options = ["--listen", `127.0.0.1:${port}`, "--data", data, "--plugins", plugins, "--web", web, ...further];
  const child = spawn(program, ["serve", ...options, "--ready-file", readyFile], { stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  test.after(() => child.kill("SIGKILL"));
  await until("the server is ready", () => existsSync(readyFile) || child.exitCode !== null);
  if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode} before it was ready`);
  const { url, signin } = JSON.parse(readFileSync(readyFile, "utf8"));
  return {
    url,
    signin,
    /** Ends it without a word, as `kill -9` does. */
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
    /** Asks it to end, as Ctrl-C does (or `SIGTERM`, as a service manager does), and waits until it has; tells its exit code. */
    async stop(signal = "SIGINT") {
      child.kill(signal);
      return await ended;
    },
  };
}

/** Waits until the condition holds, looking again and again. The patience is for busy machines, and no measure of speed. */
export async function until(what, condition, patience = 60_000) {
  const deadline = Date.now() + patience;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`waited ${patience / 1000} s in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
