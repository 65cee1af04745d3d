import { describe, expect, it } from "vitest";
import type { Shape } from "../document/shape";
import type { Notice } from "../editor/editor";
import type { EditingLabel } from "./select/editing-label";
import { EditorDriver, rectangle } from "./testing";

const two = () => EditorDriver.with(rectangle("a", 0, 0), rectangle("b", 200, 0));

describe("selecting", () => {
  it("a click selects a shape, a click beside it selects nothing", async () => {
    const driver = await two();
    expect(driver.click(50, 30).selection).toEqual(["a"]);
    expect(driver.click(250, 30).selection).toEqual(["b"]);
    expect(driver.click(500, 500).selection).toEqual([]);
  });

  it("shift adds and takes out", async () => {
    const driver = await two();
    driver.click(50, 30).holding({ shift: true }).click(250, 30);
    expect(driver.selection).toEqual(["a", "b"]);
    expect(driver.click(50, 30).selection).toEqual(["b"]);
  });

  it("a marquee selects what it touches, but nothing locked", async () => {
    const driver = await EditorDriver.with(rectangle("a", 0, 0), rectangle("b", 200, 0, { locked: true }));
    driver.pointerDown(-10, -10).pointerMove(250, 50);
    expect(driver.engine.model?.marquee).toEqual({ x: -10, y: -10, width: 260, height: 60 });
    expect(driver.pointerUp().selection).toEqual(["a"]);
    expect(driver.engine.model?.marquee).toBeNull();
  });

  it("a cancelled marquee brings the old selection back", async () => {
    const driver = await two();
    driver.select("a").pointerDown(-10, -10).pointerMove(300, 50);
    driver.run("edit.cancel");
    expect(driver.selection).toEqual(["a"]);
    expect(driver.state).toBe("select.idle");
  });

  it("a shape that somebody else deletes leaves the selection", async () => {
    const driver = await two();
    driver.select("a", "b").remote({ delete: "a" });
    expect(driver.selection).toEqual(["b"]);
  });
});

describe("moving", () => {
  it("a drag moves the selection together, and is one step of undo", async () => {
    const driver = await two();
    driver.select("a", "b").drag({ x: 50, y: 30 }, { x: 80, y: 70 });
    expect(driver.shape("a")).toMatchObject({ x: 30, y: 40 });
    expect(driver.shape("b")).toMatchObject({ x: 230, y: 40 });
    driver.run("edit.undo");
    expect(driver.shape("a")).toMatchObject({ x: 0, y: 0 });
    expect(driver.shape("b")).toMatchObject({ x: 200, y: 0 });
    driver.run("edit.redo");
    expect(driver.shape("b")).toMatchObject({ x: 230, y: 40 });
  });

  it("what moves is drawn on the layer of its own, until it stops", async () => {
    const driver = await two();
    driver.pointerDown(50, 30).pointerMove(80, 70);
    expect(driver.engine.dynamic).toEqual(["a"]);
    driver.pointerUp();
    expect(driver.engine.dynamic).toEqual([]);
  });

  it("shift keeps it on one axis", async () => {
    const driver = await two();
    driver.pointerDown(50, 30).holding({ shift: true }).pointerMove(90, 40).pointerUp();
    expect(driver.shape("a")).toMatchObject({ x: 40, y: 0 });
  });

  it("undo keeps the selection", async () => {
    const driver = await two();
    driver.select("a").key("ArrowRight").run("edit.undo");
    expect(driver.selection).toEqual(["a"]);
  });

  it("Escape brings everything back to where the drag began and leaves no step of undo", async () => {
    const driver = await two();
    driver.pointerDown(50, 30).pointerMove(80, 70).run("edit.cancel");
    expect(driver.shape("a")).toMatchObject({ x: 0, y: 0 });
    expect(driver.editor.history.canUndo.value).toBe(false);
    driver.pointerMove(300, 300).pointerUp();
    expect(driver.shape("a")).toMatchObject({ x: 0, y: 0 });
  });

  it("alt drags a copy", async () => {
    const driver = await two();
    driver.holding({ alt: true }).drag({ x: 50, y: 30 }, { x: 50, y: 230 });
    expect(driver.ids).toHaveLength(3);
    expect(driver.shape("a")).toMatchObject({ x: 0, y: 0 });
    expect(driver.selected).toMatchObject({ x: 0, y: 200 });
    driver.run("edit.undo");
    expect(driver.ids).toEqual(["a", "b"]);
  });

  it("an arrow that is held is one step of undo, the next press another", async () => {
    const driver = await two();
    driver.select("a").holdKey("ArrowRight").holdKey("ArrowRight").holdKey("ArrowRight").letKeyGo();
    driver.key("ArrowDown");
    expect(driver.shape("a")).toMatchObject({ x: 3, y: 1 });
    driver.run("edit.undo");
    expect(driver.shape("a")).toMatchObject({ x: 3, y: 0 });
    driver.run("edit.undo");
    expect(driver.shape("a")).toMatchObject({ x: 0, y: 0 });
  });

  it("with nothing selected, arrows move the canvas", async () => {
    const driver = await two();
    driver.key("ArrowRight").key("ArrowUp", true);
    expect(driver.engine.camera).toEqual({ x: 60, y: -240, zoom: 1 });
    expect(driver.shape("a")).toMatchObject({ x: 0, y: 0 });
  });

  it("arrows nudge by one, with shift by ten", async () => {
    const driver = await two();
    driver.select("a").key("ArrowRight").key("ArrowDown", true);
    expect(driver.shape("a")).toMatchObject({ x: 1, y: 10 });
  });

  it("a locked shape does not move", async () => {
    const driver = await EditorDriver.with(rectangle("a", 0, 0, { locked: true }));
    driver.drag({ x: 50, y: 30 }, { x: 90, y: 90 });
    expect(driver.shape("a")).toMatchObject({ x: 0, y: 0 });
  });

  it("a viewer cannot move a shape (A1)", async () => {
    const driver = await two();
    driver.room.say({ role: { role: "viewer" } });
    driver.drag({ x: 50, y: 30 }, { x: 90, y: 90 });
    expect(driver.shape("a")).toMatchObject({ x: 0, y: 0 });
    expect(driver.selection).toEqual(["a"]);
    expect(driver.engine.model?.box?.handles).toEqual([]);
  });

  it("undo leaves what somebody else changed meanwhile", async () => {
    const driver = await two();
    driver.drag({ x: 50, y: 30 }, { x: 80, y: 70 });
    driver.remote({ patch: { id: "a", opacity: 0.5, width: 300 } });
    driver.run("edit.undo");
    expect(driver.shape("a")).toMatchObject({ x: 0, y: 0, opacity: 0.5, width: 300 });
  });

  it("undo passes over what somebody else deleted", async () => {
    const driver = await two();
    driver.select("b").key("ArrowRight").select("a").key("ArrowRight").remote({ delete: "a" });
    driver.run("edit.undo");
    expect(driver.shape("b").x).toBe(200);
    expect(driver.editor.history.canUndo.value).toBe(false);
  });
});

describe("resizing", () => {
  it("a corner changes both sides, an edge one", async () => {
    const driver = await two();
    driver.select("a").dragHandle("se", { x: 50, y: 40 });
    expect(driver.shape("a")).toMatchObject({ x: 0, y: 0, width: 150, height: 100 });
    driver.dragHandle("w", { x: 30, y: 99 });
    expect(driver.shape("a")).toMatchObject({ x: 30, y: 0, width: 120, height: 100 });
  });

  it("shift keeps the proportions, alt the centre", async () => {
    const driver = await two();
    driver.select("a").holding({ shift: true }).dragHandle("se", { x: 100, y: 0 });
    expect(driver.shape("a")).toMatchObject({ x: 0, y: 0, width: 200, height: 120 });
    driver.holding({ alt: true }).dragHandle("e", { x: 10, y: 0 });
    expect(driver.shape("a")).toMatchObject({ x: -10, y: 0, width: 220, height: 120 });
  });

  it("a handle dragged past the other side turns the box over", async () => {
    const driver = await two();
    driver.select("a").dragHandle("e", { x: -150, y: 0 });
    expect(driver.shape("a")).toMatchObject({ x: -50, width: 50 });
  });

  it("the opposite corner of a turned shape stays where it is", async () => {
    const driver = await EditorDriver.with(rectangle("a", 0, 0, { rotation: Math.PI / 2 }));
    const before = driver.engine.boundsOf(["a"]);
    driver.select("a").dragHandle("e", { x: 0, y: 40 });
    const after = driver.engine.boundsOf(["a"]);
    expect(driver.shape("a").width).toBeCloseTo(140);
    expect(driver.shape("a").height).toBeCloseTo(60);
    expect(after?.x).toBeCloseTo(before?.x ?? Number.NaN);
    expect(after?.y).toBeCloseTo(before?.y ?? Number.NaN);
  });

  it("several shapes grow together about the opposite corner", async () => {
    const driver = await two();
    driver.select("a", "b").dragHandle("se", { x: 300, y: 60 });
    expect(driver.shape("a")).toMatchObject({ x: 0, y: 0, width: 200, height: 120 });
    expect(driver.shape("b")).toMatchObject({ x: 400, y: 0, width: 200, height: 120 });
  });

  it("a type that keeps its proportions does, and one of fixed size has no handles for it", async () => {
    const circle = { type: "basic/circle", width: 80, height: 80 };
    const driver = await EditorDriver.with(
      rectangle("a", 0, 0, circle),
      rectangle("b", 300, 0, { type: "basic/stamp" }),
    );
    driver.select("a").dragHandle("se", { x: 20, y: 5 });
    expect(driver.shape("a")).toMatchObject({ width: 100, height: 100 });
    driver.select("b");
    expect(driver.engine.model?.box?.handles).toEqual(["rotate"]);
  });

  it("a line that is dragged past its other end is mirrored", async () => {
    const line = { type: "basic/line", props: { leftwards: false, upwards: false } };
    const driver = await EditorDriver.with(rectangle("a", 0, 0, line));
    driver.select("a").dragHandle("e", { x: -150, y: 0 });
    expect(driver.shape("a").props).toEqual({ leftwards: true, upwards: false });
  });

  // The ends of a line, from its way round: start and end.
  const ends = ({ x, y, width, height, props }: Shape) => {
    const [left, top, right, bottom] = [x, y, x + width, y + height].map((value) => value + 0);
    const xs = props.leftwards ? [right, left] : [left, right];
    const ys = props.upwards ? [bottom, top] : [top, bottom];
    return [0, 1].map((end) => ({ x: xs[end], y: ys[end] }));
  };
  const line = (width: number, height: number, leftwards = false, upwards = false) => {
    const props = { leftwards, upwards };
    return EditorDriver.with(rectangle("a", 0, 0, { type: "basic/line", width, height, props }));
  };

  it.each([
    ["its end down", false, { x: 200, y: 0 }, { x: 0, y: 40 }],
    ["its end up", false, { x: 200, y: 0 }, { x: 10, y: -40 }],
    ["its start down", false, { x: 0, y: 0 }, { x: 0, y: 40 }],
    ["its start up", false, { x: 0, y: 0 }, { x: 10, y: -40 }],
    ["its end down, drawn leftwards", true, { x: 0, y: 0 }, { x: 0, y: 40 }],
    ["its start up, drawn leftwards", true, { x: 200, y: 0 }, { x: 0, y: -40 }],
  ])("a level line can be tilted: %s", async (_, leftwards, from, by) => {
    const driver = await line(200, 0, leftwards);
    const to = { x: from.x + by.x, y: from.y + by.y };
    const expected = ends(driver.shape("a")).map((end) => (end.x === from.x ? to : end));
    driver.select("a").drag(from, to);
    expect(ends(driver.shape("a"))).toEqual(expected);
  });

  it.each([
    [
      { x: 0, y: 0 },
      { x: 40, y: 0 },
    ],
    [
      { x: 0, y: 200 },
      { x: -40, y: 10 },
    ],
  ])("an upright line can be tilted by its end at %o", async (from, by) => {
    const driver = await line(0, 200, false, true);
    const to = { x: from.x + by.x, y: from.y + by.y };
    const expected = ends(driver.shape("a")).map((end) => (end.y === from.y ? to : end));
    driver.select("a").drag(from, to);
    expect(ends(driver.shape("a"))).toEqual(expected);
  });

  it("with shift a level line stays level, as long as it becomes", async () => {
    const driver = await line(200, 0);
    driver.select("a").holding({ shift: true }).drag({ x: 200, y: 0 }, { x: 100, y: 30 });
    expect(ends(driver.shape("a"))).toEqual([
      { x: 0, y: 0 },
      { x: 100, y: 0 },
    ]);
  });

  it("a level line among several shapes stays level", async () => {
    const level = { type: "basic/line", height: 0, props: { leftwards: false, upwards: false } };
    const driver = await EditorDriver.with(rectangle("a", 0, 0), rectangle("b", 200, 30, level));
    driver.select("a", "b").dragHandle("se", { x: 300, y: 60 });
    expect(driver.shape("b")).toMatchObject({ x: 400, y: 60, width: 200, height: 0 });
  });

  it("a shape of a missing plugin can still be resized (P3)", async () => {
    const driver = await EditorDriver.with(rectangle("a", 0, 0, { type: "gone/thing" }));
    driver.select("a").dragHandle("se", { x: 10, y: 10 });
    expect(driver.shape("a")).toMatchObject({ width: 110, height: 70 });
  });
});

describe("turning", () => {
  it("shift snaps to fifteen degrees", async () => {
    const driver = await two();
    driver.select("a").holding({ shift: true }).dragHandle("rotate", { x: 60, y: 54 });
    expect(driver.shape("a").rotation).toBeCloseTo(Math.PI / 2, 3);
    expect(driver.shape("a")).toMatchObject({ x: 0, y: 0 });
  });

  it("several shapes turn about their common centre", async () => {
    const driver = await two();
    driver.select("a", "b").dragHandle("rotate", { x: 200, y: 54 });
    expect(driver.shape("a").rotation).toBeCloseTo(Math.PI / 2, 3);
    expect(driver.engine.boundsOf(["a", "b"])?.width).toBeCloseTo(60, 1);
    expect(driver.engine.boundsOf(["a", "b"])?.height).toBeCloseTo(300, 1);
  });
});

describe("a width that people choose", () => {
  it("is told to types that want to know, when the width is changed", async () => {
    const text = { type: "basic/text", props: { text: "", chosen: false } };
    const driver = await EditorDriver.with(rectangle("a", 0, 0, text), rectangle("b", 300, 0));
    driver.select("a").dragHandle("e", { x: 40, y: 0 });
    expect(driver.shape("a")).toMatchObject({ width: 140, props: { chosen: true } });
    driver.select("b").dragHandle("e", { x: 40, y: 0 });
    expect(driver.shape("b").props).toEqual({});
  });

  it("is not meant by a change of the height, or of a shape that another version of its plugin wrote", async () => {
    const text = { type: "basic/text", props: { text: "", chosen: false }, version: 7 };
    const driver = await EditorDriver.with(rectangle("a", 0, 0, text));
    driver.select("a").dragHandle("e", { x: 40, y: 0 });
    expect(driver.shape("a")).toMatchObject({ width: 140, version: 7, props: { chosen: false } });
  });
});

describe("editing one of several texts", () => {
  const labels = [
    { prop: "title", rect: { x: 0, y: 0, width: 100, height: 20 } },
    { prop: "body", rect: { x: 0, y: 20, width: 100, height: 40 } },
    { prop: "price", rect: { x: 60, y: 40, width: 40, height: 20 } },
  ];
  const card = async () => {
    const driver = await EditorDriver.with(
      rectangle("a", 0, 0, { props: { title: "", body: "", price: "" } }),
    );
    driver.engine.labels = labels;
    return driver;
  };

  it.each([
    [10, 10, "title"],
    [10, 50, "body"],
    [80, 50, "price"],
  ])("a double click at %d, %d edits the text there: %s", async (x, y, prop) => {
    const driver = await card();
    driver.doubleClick(x, y);
    expect(driver.editor.editingLabel.value).toEqual({ id: "a", prop });
    expect(driver.engine.hidden).toEqual({ id: "a", prop });
    (driver.editor.tools.current.value as EditingLabel).write("new");
    expect(driver.shape("a").props[prop]).toBe("new");
    driver.run("edit.cancel");
    expect(driver.engine.hidden).toBeNull();
  });

  it("Enter edits the first, and so does a double click beside all of them", async () => {
    const driver = await card();
    driver.select("a").key("Enter");
    expect(driver.editor.editingLabel.value).toEqual({ id: "a", prop: "title" });
    driver.run("edit.cancel");
    driver.engine.labels = labels.slice(0, 1);
    driver.doubleClick(50, 50);
    expect(driver.editor.editingLabel.value).toEqual({ id: "a", prop: "title" });
  });

  it("a shape without texts has nothing to edit", async () => {
    const driver = await card();
    driver.engine.labels = [];
    expect(driver.doubleClick(50, 50).state).toBe("select.idle");
  });
});

describe("editing text", () => {
  it("writing is one step of undo", async () => {
    const driver = await EditorDriver.with(rectangle("a", 0, 0, { props: { text: "old" } }));
    driver.doubleClick(50, 30);
    expect(driver.state).toBe("select.editing-label");
    for (const text of ["n", "ne", "new"]) {
      (driver.editor.tools.current.value as EditingLabel).write(text);
    }
    driver.run("edit.cancel");
    expect(driver.shape("a").props).toEqual({ text: "new" });
    driver.run("edit.undo");
    expect(driver.shape("a").props).toEqual({ text: "old" });
  });
});

describe("editing a text that can no longer be written", () => {
  const writing = async (text: string) => {
    const driver = await EditorDriver.with(rectangle("a", 0, 0, { props: { text: "old" } }));
    const told: Notice[] = [];
    driver.editor.notices.listen((notice) => told.push(notice));
    driver.doubleClick(50, 30);
    (driver.editor.tools.current.value as EditingLabel).write(text);
    return { driver, told };
  };

  it("hands back what was written when somebody else deletes the shape", async () => {
    const { driver, told } = await writing("a thought");
    driver.remote({ delete: "a" });
    expect(driver.state).toBe("select.idle");
    expect(driver.editor.editingLabel.value).toBeNull();
    const message = "The shape was deleted meanwhile.";
    expect(told).toEqual([{ title: "Your writing was ended", message, written: "a thought" }]);
  });

  it("hands it back when somebody else locks the shape", async () => {
    const { driver, told } = await writing("a thought");
    driver.remote({ patch: { id: "a", locked: true } });
    expect(driver.state).toBe("select.idle");
    expect(told).toMatchObject([{ message: "The shape was locked meanwhile.", written: "a thought" }]);
  });

  it("hands it back when this person may no longer edit (A1)", async () => {
    const { driver, told } = await writing("a thought");
    driver.room.say({ role: { role: "viewer" } });
    expect(driver.state).toBe("select.idle");
    expect(told).toMatchObject([{ message: "You may no longer change this canvas.", written: "a thought" }]);
  });

  it("hands it back at the end when the server has refused it", async () => {
    const { driver, told } = await writing("a thought");
    driver.room.refuse = () => ({ code: "too-large", message: "too much" });
    (driver.editor.tools.current.value as EditingLabel).write("a long thought");
    expect(driver.state).toBe("select.editing-label");
    driver.run("edit.cancel");
    expect(told).toMatchObject([{ title: "Your text was not kept", written: "a long thought" }]);
  });

  it("says nothing when all is well, or nothing was written", async () => {
    const { driver, told } = await writing("a thought");
    driver.run("edit.cancel").doubleClick(50, 30).remote({ delete: "a" });
    expect(driver.state).toBe("select.idle");
    expect(told).toEqual([]);
  });
});
