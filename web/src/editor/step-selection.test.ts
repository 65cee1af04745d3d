import { describe, expect, it } from "vitest";
import { EditorDriver, rectangle } from "../tools/testing";
import { describeSelection } from "./step-selection";

const three = () =>
  EditorDriver.with(
    rectangle("a", 0, 0),
    rectangle("b", 200, 0, { locked: true, props: { text: "Hello" } }),
    rectangle("c", 1400, 900, { type: "gone/thing" }),
  );

describe("stepping through the shapes", () => {
  it("goes from the lowest to the topmost and around, and the other way", async () => {
    const driver = await three();
    const steps = (action: string, count: number) =>
      Array.from({ length: count }, () => driver.run(action).selected.id);
    expect(steps("edit.select-next", 4)).toEqual(["a", "b", "c", "a"]);
    driver.select();
    expect(steps("edit.select-previous", 4)).toEqual(["c", "b", "a", "c"]);
  });

  it("brings into view what it selects", async () => {
    const driver = await three();
    driver.select("b").run("edit.select-next");
    const { x, y } = driver.engine.canvasToScreen({ x: 1500, y: 960 });
    expect(x).toBeLessThan(driver.engine.size.width);
    expect(y).toBeLessThan(driver.engine.size.height);
  });

  it("says what is selected", async () => {
    const driver = await three();
    const said = () => describeSelection(driver.editor);
    expect(said()).toBe("");
    driver.run("edit.select-next");
    expect(said()).toBe("rectangle, 1 of 3");
    driver.run("edit.select-next");
    expect(said()).toBe("rectangle, Hello, locked, 2 of 3");
    driver.run("edit.select-next");
    expect(said()).toBe("thing, 3 of 3");
    driver.select("a", "b");
    expect(said()).toBe("2 shapes");
  });

  it("is for viewers too, and for nobody on an empty canvas", async () => {
    const driver = await three();
    driver.room.say({ role: { role: "viewer" } });
    expect(driver.run("edit.select-next").selected.id).toBe("a");
    const empty = await EditorDriver.with();
    expect(() => empty.run("edit.select-next")).toThrow();
  });
});
