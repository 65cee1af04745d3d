import { describe, expect, it } from "vitest";
import { EditorDriver, rectangle } from "./testing";

describe("making shapes", () => {
  it("a drag makes a box of that size on top, selects it, and goes back to selecting", async () => {
    const driver = await EditorDriver.with(rectangle("a", 0, 0));
    driver.tool("basic/rectangle").drag({ x: 300, y: 200 }, { x: 180, y: 120 });
    expect(driver.selected).toMatchObject({
      type: "basic/rectangle",
      x: 180,
      y: 120,
      width: 120,
      height: 80,
    });
    expect(driver.ids.at(-1)).toBe(driver.selected.id);
    expect(driver.editor.tools.tool.value).toBe("select");
    driver.run("edit.undo");
    expect(driver.ids).toEqual(["a"]);
  });

  it("a click places one of the usual size around the pointer", async () => {
    const driver = await EditorDriver.with();
    driver.tool("basic/rectangle").click(300, 200);
    expect(driver.selected).toMatchObject({ x: 250, y: 170, width: 100, height: 60 });
  });

  it("Enter places one of the usual size in the middle of what is seen", async () => {
    const driver = await EditorDriver.with();
    driver.engine.camera = { x: 100, y: 0, zoom: 2 };
    driver.tool("basic/rectangle").key("Enter");
    expect(driver.selected).toMatchObject({ x: 300, y: 170, width: 100, height: 60 });
    expect(driver.state).toBe("select.idle");
    driver.tool("basic/note").key("Enter");
    expect(driver.selected).toMatchObject({ x: 300, y: 170 });
    expect(driver.state).toBe("select.editing-label");
    driver.run("edit.cancel").run("edit.undo");
    expect(driver.ids).toEqual([]);
  });

  it("shift keeps the usual proportions, and some types always do", async () => {
    const driver = await EditorDriver.with();
    driver.tool("basic/rectangle").holding({ shift: true }).drag({ x: 0, y: 0 }, { x: 200, y: 10 });
    expect(driver.selected).toMatchObject({ width: 200, height: 120 });
    driver.holding({}).tool("basic/circle").drag({ x: 0, y: 0 }, { x: 50, y: 90 });
    expect(driver.selected).toMatchObject({ width: 90, height: 90 });
  });

  it("a line remembers which way it was drawn", async () => {
    const driver = await EditorDriver.with();
    driver.tool("basic/line").drag({ x: 200, y: 0 }, { x: 0, y: 100 });
    expect(driver.selected.props).toEqual({ leftwards: true, upwards: false });
  });

  it("Escape in the middle of the drag leaves nothing", async () => {
    const driver = await EditorDriver.with();
    driver.tool("basic/rectangle").pointerDown(0, 0).pointerMove(80, 80);
    expect(driver.ids).toHaveLength(1);
    driver.run("edit.cancel");
    expect(driver.ids).toEqual([]);
    expect(driver.state).toBe("select.idle");
  });

  it("the server's refusal takes a new shape away again, with the reason", async () => {
    const driver = await EditorDriver.with();
    const reasons: string[] = [];
    driver.sync.refused.listen(({ problem }) => reasons.push(problem.message));
    driver.room.refuse = () => ({ code: "too-many-shapes", message: "the canvas is full" });
    driver.tool("basic/rectangle").click(300, 200);
    expect(driver.ids).toEqual([]);
    expect(driver.selection).toEqual([]);
    expect(reasons).toContain("the canvas is full");
  });

  it("text is written at once, and nothing remains when nothing is written", async () => {
    const driver = await EditorDriver.with();
    driver.tool("basic/note").click(100, 100);
    expect(driver.state).toBe("select.editing-label");
    driver.click(500, 500);
    expect(driver.ids).toEqual([]);
    expect(driver.editor.history.canUndo.value).toBe(false);
  });

  it("clicks set points, and Enter ends the line", async () => {
    const driver = await EditorDriver.with();
    driver.tool("basic/polyline").click(100, 100).click(200, 150).click(150, 300).key("Enter");
    expect(driver.selected).toMatchObject({ x: 100, y: 100, width: 100, height: 200 });
    expect(driver.selected.props.points).toEqual([0, 0, 100, 50, 50, 200]);
  });

  it("Backspace and undo take the last point back, and nothing else", async () => {
    const driver = await EditorDriver.with(rectangle("a", 0, 0));
    driver.select("a").key("ArrowRight").tool("basic/polyline");
    driver.click(100, 100).click(200, 150).click(150, 300).key("Backspace").run("edit.undo").click(300, 200);
    expect(driver.selection).toEqual([]);
    driver.key("Enter");
    expect(driver.selected.props.points).toEqual([0, 0, 200, 100]);
    expect(driver.shape("a").x).toBe(1);
  });

  it("undo is possible for the first point of an empty canvas", async () => {
    const driver = await EditorDriver.with();
    driver.tool("basic/polyline").click(100, 100).run("edit.undo");
    expect(driver.state).toBe("create.points");
    expect(() => driver.run("edit.undo")).toThrow();
  });

  it.each(["rectangle", "note", "arrow", "polyline", "pen"])(
    "a second finger breaks off what the first began, and the tool of the %s stays chosen",
    async (type) => {
      const driver = await EditorDriver.with();
      driver.tool(`basic/${type}`);
      const { state } = driver;
      driver.holding({ touch: true }).pointerDown(100, 100).pointerMove(160, 150);
      driver.editor.tools.interrupt();
      driver.pointerUp();
      expect(driver.ids).toEqual([]);
      expect(driver.state).toBe(state);
      expect(driver.editor.tools.tool.value).toBe(`basic/${type}`);
      expect(driver.editor.history.canUndo.value).toBe(false);
      expect(driver.run("edit.cancel").state).toBe("select.idle");
    },
  );

  it("a second finger takes only its own point from a line", async () => {
    const driver = await EditorDriver.with();
    driver.tool("basic/polyline").click(100, 100).click(200, 150).pointerDown(150, 300);
    driver.editor.tools.interrupt();
    driver.click(300, 200).key("Enter");
    expect(driver.selected.props.points).toEqual([0, 0, 100, 50, 200, 100]);
  });

  it.each(["rectangle", "polyline", "pen"])("undo leaves the tool of the %s chosen", async (type) => {
    const driver = await EditorDriver.with(rectangle("a", 0, 0));
    driver.select("a").key("ArrowRight").tool(`basic/${type}`).run("edit.undo").run("edit.redo");
    expect(driver.editor.tools.tool.value).toBe(`basic/${type}`);
  });

  it("a freehand line becomes a shape when it ends, and the pen stays chosen", async () => {
    const driver = await EditorDriver.with();
    driver.tool("basic/pen").pointerDown(10, 10);
    for (let x = 20; x <= 100; x += 10) driver.pointerMove(x, x % 20 === 0 ? 10 : 30);
    driver.pointerUp();
    const [id = ""] = driver.ids;
    expect(driver.shape(id)).toMatchObject({ x: 10, y: 10, width: 90, height: 20 });
    expect(driver.state).toBe("create.freehand");
  });
});
