import { describe, expect, it } from "vitest";
import { EditorDriver, rectangle } from "./testing";

const two = () => EditorDriver.with(rectangle("a", 0, 0), rectangle("b", 300, 200));

describe("connecting shapes", () => {
  it("a drag from one shape to another joins both, and is one step of undo", async () => {
    const driver = await two();
    driver.tool("basic/arrow").drag({ x: 50, y: 30 }, { x: 350, y: 230 });
    expect(driver.selected).toMatchObject({ type: "basic/arrow", x: 50, y: 30, width: 300, height: 200 });
    expect(driver.selected.props).toMatchObject({ from: "a", to: "b", through: [], leftwards: false });
    expect(driver.editor.tools.tool.value).toBe("select");
    driver.run("edit.undo");
    expect(driver.ids).toEqual(["a", "b"]);
    driver.run("edit.redo");
    expect(driver.ids).toHaveLength(3);
  });

  it("is shown live, with the shape under the pointer outlined", async () => {
    const driver = await two();
    driver.tool("basic/arrow").pointerMove(50, 30);
    expect(driver.engine.model?.hovered).toBe("a");
    driver.pointerDown(50, 30).pointerMove(60, 30);
    expect(driver.engine.model?.hovered).toBeNull();
    const [id = ""] = driver.selection;
    expect(driver.engine.dynamic).toEqual([id]);
    expect(driver.shape(id)).toMatchObject({ width: 10, height: 0 });
    driver.pointerMove(350, 230);
    expect(driver.engine.model?.hovered).toBe("b");
    expect(driver.shape(id).props).toMatchObject({ from: "a", to: "b" });
    driver.pointerMove(200, 100);
    expect(driver.shape(id).props.to ?? null).toBeNull();
    driver.pointerUp();
    expect(driver.engine.dynamic).toEqual([]);
    expect(driver.engine.model?.hovered).toBeNull();
  });

  it("an end on the empty canvas is joined to nothing, and a drag backwards mirrors it", async () => {
    const driver = await two();
    driver.tool("basic/arrow").drag({ x: 350, y: 230 }, { x: 200, y: 100 });
    expect(driver.selected).toMatchObject({ x: 200, y: 100, width: 150, height: 130 });
    expect(driver.selected.props).toMatchObject({ from: "b", leftwards: true, upwards: true });
    expect(driver.selected.props.to ?? null).toBeNull();
    driver.tool("basic/arrow").drag({ x: 600, y: 600 }, { x: 50, y: 30 });
    expect(driver.selected.props).toMatchObject({ from: null, to: "a" });
  });

  it("nothing is joined to itself, to another connector, or to a shape that takes none", async () => {
    const driver = await EditorDriver.with(
      rectangle("a", 0, 0),
      rectangle("gone", 300, 0, { type: "gone/thing" }),
    );
    driver.tool("basic/arrow").drag({ x: 10, y: 10 }, { x: 90, y: 50 });
    expect(driver.selected.props.from).toBe("a");
    expect(driver.selected.props.to ?? null).toBeNull();
    driver.tool("basic/arrow").drag({ x: 350, y: 30 }, { x: 80, y: 45 });
    // The first arrow lies there, above the rectangle.
    expect(driver.selected.props).toMatchObject({ from: null, to: "a" });
  });

  it("a click makes nothing, nor does a drag back to where it was pressed", async () => {
    const driver = await two();
    driver.tool("basic/arrow").click(50, 30);
    driver.pointerDown(50, 30).pointerMove(200, 100).pointerMove(51, 30).pointerUp();
    expect(driver.ids).toEqual(["a", "b"]);
    expect(driver.state).toBe("create.connect");
    expect(driver.editor.history.canUndo.value).toBe(false);
    driver.drag({ x: 50, y: 30 }, { x: 350, y: 230 });
    expect(driver.ids).toHaveLength(3);
  });

  it("Escape in the middle of the drag leaves nothing", async () => {
    const driver = await two();
    driver.tool("basic/arrow").pointerDown(50, 30).pointerMove(350, 230).run("edit.cancel");
    expect(driver.ids).toEqual(["a", "b"]);
    expect(driver.state).toBe("select.idle");
    expect(driver.engine.model?.hovered).toBeNull();
  });

  it("works with a finger", async () => {
    const driver = await two();
    driver.tool("basic/arrow").holding({ touch: true });
    driver.pointerDown(50, 30).pointerMove(55, 30);
    expect(driver.ids).toHaveLength(2);
    driver.pointerMove(350, 230).pointerUp();
    expect(driver.selected.props).toMatchObject({ from: "a", to: "b" });
  });

  it("a viewer makes none (A1)", async () => {
    const driver = await two();
    driver.room.say({ role: { role: "viewer" } });
    driver.tool("basic/arrow").drag({ x: 50, y: 30 }, { x: 350, y: 230 });
    expect(driver.ids).toEqual(["a", "b"]);
  });

  it("a new shape says which version of its type wrote it, if that is not the first", async () => {
    const driver = await two();
    driver.tool("basic/arrow").drag({ x: 50, y: 30 }, { x: 350, y: 230 });
    driver.tool("basic/rectangle").click(500, 500);
    const versions = driver.room.received.flatMap((message) =>
      "edit" in message ? message.edit.operations.map((done) => "put" in done && done.put.version) : [],
    );
    expect(versions).toContain(3);
    expect(versions).toContain(undefined);
    expect(versions).not.toContain(1);
  });
});
