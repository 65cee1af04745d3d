/** A project with many shapes, each different from all others as if people had drawn them: what the page has to open. */

/** Most shapes in one edit: below the server's limits of operations and bytes. */
const AT_ONCE = 2_500;

const CELL = 80;

/** The shapes of these numbers, in rows that make a field of the screen's proportions. */
function makeShapes(from, to, all) {
  const TYPES = ["rectangle", "ellipse", "star", "diamond", "triangle"];
  const FILLS = ["#4c6ef526", "#e0313133", "#f08c0033", "#2f9e44", "#1971c2", "none"];
  const columns = Math.ceil(Math.sqrt(all * 1.6));
  // Fractions of its number: different for each shape, the same in every run.
  const vary = (number, range) => Math.round(((number * 0.61803398875) % 1) * range * 100) / 100;
  const order = (number) => number.toString(36).padStart(5, "0");
  const shape = (number) => ({
    id: `shape-${order(number)}`,
    type: `basic/${TYPES[number % TYPES.length]}`,
    index: `V${order(number)}V`,
    x: (number % columns) * CELL + vary(number, 20),
    y: Math.floor(number / columns) * CELL + vary(number + 1, 20),
    width: 32 + vary(number + 2, 28),
    height: 32 + vary(number + 3, 28),
    ...(number % 5 === 0 ? { rotation: vary(number, 3) } : {}),
    props: {
      fill: FILLS[number % FILLS.length],
      stroke_width: 1 + (number % 4),
      ...(number % 4 === 0 ? { text: `Shape ${number}` } : {}),
    },
  });
  return Array.from({ length: to - from }, (_, place) => shape(from + place));
}

/** Signs in, fills the project and waits until all of it is saved; gives what a browser needs to open it. */
export async function fillCanvas(browser, signin, shapes) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(signin);
    await page.waitForURL("**/p/*");
    const address = page.url();
    const edits = [];
    for (let from = 0; from < shapes; from += AT_ONCE) {
      const puts = makeShapes(from, Math.min(shapes, from + AT_ONCE), shapes).map((put) => ({ put }));
      edits.push(puts);
    }
    // Over a socket of its own: the page's editor would keep and draw all of it.
    await page.goto(new URL("/api/health", address).href);
    await page.evaluate(sendEdits, [new URL(address).pathname.split("/").at(-1), edits]);
    return { storageState: await context.storageState(), address };
  } finally {
    await context.close();
  }
}

/** Runs in the page: sends the edits one after another, and resolves once the last is durable. */
function sendEdits([project, edits]) {
  const client = "opening-bench-client";
  const socket = new WebSocket(`ws://${location.host}/api/projects/${project}/live`);
  let sent = 0;
  let last = Number.POSITIVE_INFINITY;
  const next = () => {
    const operations = edits[sent++];
    if (operations) socket.send(JSON.stringify({ edit: { client, number: sent, operations } }));
  };
  return new Promise((resolve, reject) => {
    socket.onopen = () => socket.send(JSON.stringify({ hello: { protocol: 1, clients: [client] } }));
    socket.onclose = ({ code }) => reject(new Error(`the socket was closed with ${code}`));
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.refused) reject(new Error(message.refused.problem.message));
      if (message.welcome) next();
      for (const { client: author, seq, number } of message.tick?.transactions ?? []) {
        if (author !== client) continue;
        if (number === edits.length) last = seq;
        else next();
      }
      if ((message.tick?.durable ?? 0) >= last) resolve();
    };
  });
}
