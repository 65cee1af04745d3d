/** A plugin as the server's translator would give it to a browser, with shape types that misbehave. */

function drawn({ width, height }) {
  return { tag: "ok", val: { bounds: { x: 0, y: 0, width, height }, items: [], labels: [], anchors: [] } };
}

export async function instantiate(_getCoreModule, imports) {
  const { write } = imports["collabcanvas:plugin/log@0.1.0"];
  let broken = false;
  const draw = (shape) => {
    if (shape.type === "hangs") for (;;);
    if (shape.type === "floods") for (let i = 0; i < 1000; i++) write("info", "again");
    if (shape.type === "traps") {
      broken = true;
      throw new WebAssembly.RuntimeError("unreachable executed");
    }
    return drawn(shape);
  };
  const render = (shapes) => {
    // A component's instance refuses every call after a trap.
    if (broken) throw new Error("used after a trap");
    return shapes.map(draw);
  };
  return { shapes: { render, validate: () => [] } };
}
