// Many hosts, as people meet them: behind a load balancer, with a real Redis and a DynamoDB API.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";

import { agreement, Person, startBrowser } from "./person.mjs";
import { dataFolder, freePort, program, root, startServer, until } from "./server.mjs";

/** A program that the tests run against: named by the environment, or among the build's tools, or in the path. */
function tool(variable, name) {
  const built = join(root, "target/tools/bin", name);
  return process.env[variable] ?? (existsSync(built) ? built : name);
}

/** A server of others, which dies with the test; ready when its port answers. */
async function startTool(t, command, options, port) {
  const child = spawn(command, options, { stdio: "ignore" });
  t.after(() => child.kill("SIGKILL"));
  await until(`${command} answers`, () => answers(port));
  return child;
}

const answers = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("close", () => socket.destroy());
    setTimeout(() => socket.end(), 50);
  });

/** A load balancer: each connection goes to the next host that it may be sent to. */
async function startBalancer(t, port) {
  const hosts = [];
  let turn = 0;
  const server = createServer((browser) => {
    const host = hosts[turn++ % hosts.length];
    const onward = connect(host, "127.0.0.1");
    const end = () => [browser, onward].forEach((side) => side.destroy());
    for (const side of [browser, onward]) side.on("error", end).on("close", end);
    browser.pipe(onward).pipe(browser);
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  t.after(() => server.close());
  return hosts;
}

/** Redis, DynamoDB and a balancer, and what hosts are started with. */
async function startShared(t) {
  const data = dataFolder(t);
  const [redis, dynamo, front] = [await freePort(), await freePort(), await freePort()];
  const still = await startTool(t, tool("COLLABCANVAS_REDIS", "redis-server"), ["--port", redis, "--save", "", "--dir", data], redis);
  const serve = ["serve", "--host", "127.0.0.1", "--log", "quiet", "--port", dynamo];
  await startTool(t, tool("COLLABCANVAS_DYNOXIDE", "dynoxide"), serve, dynamo);
  const tables = ["--dynamodb", `http://127.0.0.1:${dynamo}`, "--tables", "e2e-"];
  execFileSync(program, ["tables", "create", ...tables], { stdio: "ignore" });
  const shared = ["--redis", `redis://127.0.0.1:${redis}`, ...tables, "--objects", `file://${data}/objects`];
  const options = [...shared, "--origin", `http://127.0.0.1:${front}`];
  const hosts = await startBalancer(t, front);
  const start = async (name) => {
    const folder = join(data, name);
    mkdirSync(folder);
    const port = await freePort();
    const server = await startServer(t, folder, port, options);
    hosts.push(port);
    return { ...server, leave: () => hosts.splice(hosts.indexOf(port), 1) };
  };
  return { start, redis: still };
}

/** What the status says in words. */
const status = (person) => person.page.getByRole("status").first().innerText();

test("people on two hosts draw together, wait for Redis, and lose a host without noticing (S1, D1, D2)", async (t) => {
  const { start, redis } = await startShared(t);
  const one = await start("one");
  await start("two");
  const browser = await startBrowser(t);
  const ada = await Person.arrive(browser, one.signin);
  await ada.ready();
  const bob = await Person.arrive(browser, one.signin, { viewport: { width: 390, height: 844 }, colorScheme: "dark" });
  await bob.ready();

  await ada.draw("Rectangle", [200, 150], [360, 260]);
  await ada.draw("Star", [420, 150], [580, 300]);
  await Promise.all([ada.saved(), bob.saved()]);
  assert.equal((await agreement([ada, bob])).length, 2);
  await ada.page.mouse.move(500, 400);
  await until("Bob sees Ada's cursor", async () => (await bob.cursors()).length === 1);

  redis.kill("SIGSTOP");
  await ada.draw("Diamond", [200, 400], [320, 520]);
  await until("Ada is told that edits wait", () => ada.page.evaluate(() => window.collabcanvas.sync.state.value.stalled));
  assert.match(await status(ada), /Waiting for the server/);
  if (process.env.SCREENSHOTS) await ada.page.screenshot({ path: join(process.env.SCREENSHOTS, "waiting.png") });
  redis.kill("SIGCONT");
  await Promise.all([ada.saved(), bob.saved()]);
  assert.equal((await agreement([ada, bob])).length, 3);

  const phases = () => ada.page.evaluate(() => window.collabcanvas.sync.state.value.phase);
  one.leave();
  assert.equal(await one.stop("SIGTERM"), 0);
  await ada.draw("Ellipse", [420, 400], [580, 520]);
  await Promise.all([ada.saved(), bob.saved()]);
  assert.equal(await phases(), "online");
  const shapes = await agreement([ada, bob]);
  assert.deepEqual(shapes.map(({ type }) => type).sort(), ["basic/diamond", "basic/ellipse", "basic/rectangle", "basic/star"]);
  if (process.env.SCREENSHOTS) {
    await ada.page.screenshot({ path: join(process.env.SCREENSHOTS, "moved-desktop.png") });
    await bob.page.screenshot({ path: join(process.env.SCREENSHOTS, "moved-phone.png") });
  }
  assert.deepEqual([ada.errors, bob.errors], [[], []]);
});
