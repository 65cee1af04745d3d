import { describe, expect, it } from "vitest";
import { paste } from "../actions/clipboard";
import { EditorDriver } from "../tools/testing";
import { readClip } from "./clip";

const good = { id: "a", type: "basic/rectangle", index: "V", x: 0, y: 0, width: 10, height: 10, props: {} };
const clip = (...shapes: unknown[]) => JSON.stringify({ collabcanvas: "shapes", shapes });

describe("what is pasted", () => {
  it.each([
    ["a type that is none", { type: "Bad Type" }],
    ["a type of the host's own", { type: "core/unreadable" }],
    ["an x that is no number", { x: "12" }],
    ["an x that is not there", { x: null }],
    ["a negative width", { width: -1 }],
    ["a height beyond the canvas", { height: 1e10 }],
    ["an order key that ends in 0", { index: "V0" }],
    ["an order key that is too long", { index: "V".repeat(257) }],
    ["an id with spaces", { id: "a b" }],
    ["a parent that is no id", { parent: 7 }],
    ["an opacity above 1", { opacity: 2 }],
    ["a version of 0", { version: 0 }],
    ["props that are a list", { props: [] }],
    ["props that are too large", { props: { text: "ä".repeat(40_000) } }],
    ["a lock that is a word", { locked: "yes" }],
  ])("leaves out a shape with %s", (_, fields) => {
    const read = readClip(clip({ ...good, ...fields }, { ...good, id: "b" }));
    expect(read?.shapes.map(({ id }) => id)).toEqual(["b"]);
    expect(read?.leftOut).toBe(1);
  });

  it("leaves out what is no record, records of one id, and circles; unknown fields do not come along", () => {
    const circle = [
      { ...good, id: "x", parent: "y" },
      { ...good, id: "y", parent: "x" },
    ];
    const read = readClip(clip(null, 7, good, { ...good, x: 5, extra: 1 }, ...circle));
    expect(read?.shapes).toEqual([expect.objectContaining({ id: "a", x: 5 })]);
    expect(read?.shapes[0]).not.toHaveProperty("extra");
    expect(read?.leftOut).toBe(5);
  });

  it("that lay in a shape that is not there lies on the canvas", () => {
    expect(readClip(clip({ ...good, parent: "gone" }))?.shapes).toMatchObject([{ id: "a", parent: null }]);
  });

  it("is not ours without a list", () => {
    expect(readClip('{"collabcanvas":"shapes","shapes":7}')).toBeNull();
    expect(readClip('{"collabcanvas":"shapes"}')).toBeNull();
  });

  it("is put on the canvas as far as it is well formed, and the person is told of the rest", async () => {
    const driver = await EditorDriver.with();
    const told: string[] = [];
    driver.editor.notices.listen(({ title }) => told.push(title));
    expect(paste(driver.editor, clip(good, { ...good, id: "b", type: "Bad Type" }))).toBe(true);
    expect(driver.ids).toHaveLength(1);
    expect(told).toEqual(["1 shape was not pasted"]);
    expect(paste(driver.editor, clip({ ...good, x: "far" }))).toBe(true);
    expect(driver.ids).toHaveLength(1);
    expect(told).toHaveLength(2);
  });
});
