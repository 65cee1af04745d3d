import { describe, expect, it } from "vitest";
import { compareOrder, MAX_KEY_LENGTH } from "./order-key";
import { makeRoom, type OrderRoom, roomOnTop } from "./order-room";
import { type Shape, shapeFromWire } from "./shape";

const shape = (id: string, index: string, locked = false): Shape =>
  shapeFromWire({
    id,
    type: "basic/rectangle",
    index,
    x: 0,
    y: 0,
    width: 1,
    height: 1,
    rotation: 0,
    opacity: 1,
    locked,
    props: {},
    version: 1,
  });
const unlocked = ({ locked }: Shape) => !locked;

/** Back to front, once the room is made and the new ones are there. */
function stacked(siblings: Shape[], { keys, room }: OrderRoom): string[] {
  const moved = new Map(
    room.flatMap((operation) => ("patch" in operation ? [[operation.patch.id, operation.patch.index]] : [])),
  );
  const all = [
    ...siblings.map(({ id, index }) => ({ id, index: moved.get(id) ?? index })),
    ...keys.map((index, at) => ({ id: `new${at}`, index })),
  ];
  for (const { index } of all) expect(index.length).toBeLessThanOrEqual(MAX_KEY_LENGTH);
  return all.sort(compareOrder).map(({ id }) => id);
}

describe("making room between siblings", () => {
  it("moves nobody where there is room", () => {
    expect(makeRoom([shape("a", "V"), shape("b", "W")], 1, 1, unlocked)).toEqual({ keys: ["VV"], room: [] });
  });

  it("gives equal keys a difference, and one more shape its place between them", () => {
    const siblings = [shape("a", "V"), shape("b", "V"), shape("c", "V"), shape("d", "V")];
    const made = makeRoom(siblings, 2, 1, unlocked);
    expect(made && stacked(siblings, made)).toEqual(["a", "b", "new0", "c", "d"]);
  });

  it("shortens keys that cannot grow, and passes no locked shape", () => {
    const crowded = Array.from({ length: 20 }, (_, at) =>
      shape(`s${String(at).padStart(2, "0")}`, "V".repeat(237 + at)),
    );
    const siblings = [
      shape("r", "U", true),
      ...crowded,
      shape("t", `${"V".repeat(256)}`, true),
      shape("u", "z"),
    ];
    const made = makeRoom(siblings, 21, 3, unlocked);
    const ids = siblings.map(({ id }) => id);
    expect(made && stacked(siblings, made)).toEqual([...ids.slice(0, 21), "new0", "new1", "new2", "t", "u"]);
    expect(made?.room.length).toBeLessThanOrEqual(20);
  });

  it("gives up between two locked shapes of neighbouring keys", () => {
    const siblings = [shape("a", "V", true), shape("b", `V${"0".repeat(254)}1`, true)];
    expect(makeRoom(siblings, 1, 1, unlocked)).toBeUndefined();
  });

  it("goes on above the last key of all", () => {
    const last = "z".repeat(MAX_KEY_LENGTH);
    const siblings = [shape("b", last), shape("a", "V")];
    expect(stacked(siblings, roomOnTop(siblings, 2, unlocked))).toEqual(["a", "b", "new0", "new1"]);
    expect(roomOnTop([shape("b", last, true)], 1, unlocked)).toEqual({ keys: [last], room: [] });
  });
});
