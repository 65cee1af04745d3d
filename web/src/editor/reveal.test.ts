import { describe, expect, it } from "vitest";
import { EditorDriver, rectangle } from "../tools/testing";
import { revealSelection } from "./reveal";

const UPPER_HALF = { x: 0, y: 60, width: 1000, height: 340 };

describe("revealing the selection", () => {
  it("moves the canvas by as little as brings it into the free part", async () => {
    const driver = await EditorDriver.with(rectangle("a", 500, 600));
    driver.select("a");
    revealSelection(driver.editor, UPPER_HALF);
    expect(driver.engine.camera).toEqual({ x: 0, y: 284, zoom: 1 });
    expect(driver.engine.canvasToScreen({ x: 500, y: 660 }).y).toBe(376);
  });

  it("leaves the canvas alone when it is seen already", async () => {
    const driver = await EditorDriver.with(rectangle("a", 500, 200));
    driver.select("a");
    revealSelection(driver.editor, UPPER_HALF);
    expect(driver.engine.camera).toEqual({ x: 0, y: 0, zoom: 1 });
  });

  it("centres what is larger than the part", async () => {
    const driver = await EditorDriver.with(rectangle("a", 500, 600, { height: 1000 }));
    driver.select("a");
    revealSelection(driver.editor, UPPER_HALF);
    expect(driver.engine.canvasToScreen({ x: 500, y: 1100 }).y).toBe(230);
  });
});
