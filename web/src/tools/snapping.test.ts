import { describe, expect, it } from "vitest";
import { EditorDriver, rectangle } from "./testing";

// a: 0 to 100 by 0 to 60; b: 200 to 300 by 300 to 360.
const two = () => EditorDriver.with(rectangle("a", 0, 0), rectangle("b", 200, 300));

describe("snapping while moving", () => {
  it("an edge that comes near another's lies on it, and a guide shows it", async () => {
    const driver = await two();
    driver.pointerDown(50, 30).pointerMove(150, 40).pointerMove(253, 130);
    expect(driver.shape("a")).toMatchObject({ x: 200, y: 100 });
    expect(driver.engine.model?.guides).toContainEqual({ from: { x: 200, y: 100 }, to: { x: 200, y: 360 } });
    driver.pointerUp();
    expect(driver.engine.model?.guides ?? []).toEqual([]);
  });

  it("control switches it off, at any time", async () => {
    const driver = await two();
    driver.pointerDown(50, 30).pointerMove(150, 40).pointerMove(253, 130);
    driver.holding({ mod: true }).pointerMove(253, 130);
    expect(driver.shape("a")).toMatchObject({ x: 203, y: 100 });
    expect(driver.engine.model?.guides ?? []).toEqual([]);
    driver.holding({}).pointerMove(253, 130);
    expect(driver.shape("a")).toMatchObject({ x: 200, y: 100 });
  });

  it("a drag along one axis does not leave it", async () => {
    const driver = await two();
    driver.pointerDown(50, 30).holding({ shift: true }).pointerMove(53, 270);
    expect(driver.shape("a")).toMatchObject({ x: 0, y: 240 });
  });

  it("the shapes of a selection do not snap to each other, but all of it to others", async () => {
    const driver = await EditorDriver.with(
      rectangle("a", 0, 0),
      rectangle("b", 103, 0),
      rectangle("c", 500, 300),
    );
    driver.select("a", "b").pointerDown(50, 30).pointerMove(100, 60).pointerMove(345, 130);
    expect([driver.shape("a").x, driver.shape("b").x]).toEqual([297, 400]);
  });

  it("specks are no landmarks, and near is measured on the screen", async () => {
    const driver = await EditorDriver.with(
      rectangle("a", 0, 0),
      rectangle("speck", 203, 300, { width: 10, height: 10 }),
    );
    driver.drag({ x: 50, y: 30 }, { x: 250, y: 130 });
    expect(driver.shape("a").x).toBe(200);
    driver.engine.camera = { x: 0, y: 0, zoom: 2 };
    driver.drag({ x: 420, y: 220 }, { x: 420, y: 320 });
    expect(driver.shape("a")).toMatchObject({ x: 203, y: 150 });
  });
});

describe("snapping while resizing", () => {
  it("the edge that is dragged snaps, the others stay", async () => {
    const driver = await two();
    driver.select("a").dragHandle("se", { x: 104, y: 100 });
    expect(driver.shape("a")).toMatchObject({ x: 0, y: 0, width: 200, height: 160 });
    driver.run("edit.undo");
    driver.holding({ mod: true }).dragHandle("se", { x: 104, y: 100 });
    expect(driver.shape("a")).toMatchObject({ width: 204, height: 160 });
  });

  it("what is turned or keeps its proportions does not snap", async () => {
    const driver = await EditorDriver.with(
      rectangle("a", 0, 0, { type: "basic/circle", width: 60 }),
      rectangle("b", 200, 300),
    );
    driver.select("a").dragHandle("se", { x: 138, y: 138 });
    expect(driver.shape("a")).toMatchObject({ width: 198, height: 198 });
  });
});
