import { describe, expect, it, vi } from "vitest";
import { EditorDriver, rectangle } from "../tools/testing";

/** Waits until the editor has come to where the room is. */
const inStep = (driver: EditorDriver) =>
  vi.waitFor(() => {
    driver.room.tick();
    expect(driver.sync.state.value.phase).toBe("online");
    expect(driver.sync.place).toEqual({ epoch: driver.room.epoch, seq: driver.room.seq });
    expect(driver.editor.document.pending).toEqual([]);
  });

/** Shapes that are durable: a new epoch begins from there. */
async function durable() {
  const driver = await EditorDriver.with(rectangle("a", 0, 0), rectangle("b", 200, 0));
  driver.room.tick(driver.room.seq);
  return driver;
}

describe("when the order begins anew under the hands of somebody", () => {
  it("a drag goes on, and is undone as one (D2)", async () => {
    const driver = await durable();
    driver.holding({ mod: true }).pointerDown(50, 30).pointerMove(60, 40).pointerMove(100, 80);
    driver.room.tick();
    driver.room.beginAnew();
    await inStep(driver);
    expect(driver.state).toBe("select.translating");
    expect(driver.selection).toEqual(["a"]);
    expect(driver.engine.dynamic).toEqual(["a"]);
    expect(driver.shape("a")).toMatchObject({ x: 50, y: 50 });
    driver.pointerMove(150, 130).pointerUp();
    await inStep(driver);
    expect(driver.room.shapes().get("a")).toMatchObject({ x: 100, y: 100 });
    driver.run("edit.undo");
    await inStep(driver);
    expect(driver.room.shapes().get("a")).toMatchObject({ x: 0, y: 0 });
    expect(driver.editor.history.canRedo.value).toBe(true);
  });

  it("what was done before can still be undone and redone", async () => {
    const driver = await durable();
    driver.holding({ mod: true }).drag({ x: 50, y: 30 }, { x: 150, y: 130 });
    driver.room.tick();
    driver.room.beginAnew();
    await inStep(driver);
    driver.run("edit.undo");
    expect(driver.shape("a")).toMatchObject({ x: 0, y: 0 });
    driver.run("edit.redo");
    await inStep(driver);
    expect(driver.room.shapes().get("a")).toMatchObject({ x: 100, y: 100 });
  });

  it("what somebody else made is selected again when they hand it in, unless one has selected since", async () => {
    for (const selects of [false, true]) {
      const driver = await durable();
      driver.remote(rectangle("theirs", 400, 0)).select("b", "theirs");
      driver.room.beginAnew();
      await inStep(driver);
      expect(driver.selection).toEqual(["b"]);
      if (selects) driver.select("a");
      driver.remote(rectangle("theirs", 400, 0));
      expect(driver.selection).toEqual(selects ? ["a"] : ["b", "theirs"]);
    }
  });
});
