import { describe, expect, it } from "vitest";
import { EditorDriver, rectangle } from "../tools/testing";
import { paste, takeCopy } from "./clipboard";
import { allActions, runShortcut } from "./registry";
import { matchesShortcut, shownShortcut } from "./shortcut";

const three = () => EditorDriver.with(rectangle("a", 0, 0), rectangle("b", 200, 0), rectangle("c", 400, 0));
const press = (key: string, held: { shift?: boolean; mod?: boolean; code?: string } = {}) => ({
  key,
  shift: false,
  alt: false,
  mod: false,
  ...held,
});

describe("arranging", () => {
  it.each([
    ["arrange.front", ["b", "c", "a"]],
    ["arrange.forward", ["b", "a", "c"]],
  ])("%s brings the lowest shape up", async (action, order) => {
    const driver = await three();
    expect(driver.select("a").run(action).ids).toEqual(order);
  });

  it.each([
    ["arrange.back", ["c", "a", "b"]],
    ["arrange.backward", ["a", "c", "b"]],
  ])("%s brings the topmost shape down", async (action, order) => {
    const driver = await three();
    expect(driver.select("c").run(action).ids).toEqual(order);
  });

  it("finds room between shapes of the same key, and above the last key of all", async () => {
    const last = "z".repeat(256);
    const driver = await EditorDriver.with(
      rectangle("a", 0, 0, { index: "V" }),
      rectangle("b", 200, 0, { index: last }),
      rectangle("c", 400, 0, { index: last }),
    );
    expect(driver.select("a").run("arrange.forward").ids).toEqual(["b", "a", "c"]);
    expect(driver.run("arrange.front").ids).toEqual(["b", "c", "a"]);
    driver.run("edit.duplicate");
    expect(driver.ids.slice(0, 3)).toEqual(["b", "c", "a"]);
    driver.tool("basic/rectangle").drag({ x: 600, y: 600 }, { x: 700, y: 700 });
    expect(driver.ids).toHaveLength(5);
    expect(driver.ids.at(-1)).toBe(driver.selected.id);
    for (const { index } of driver.editor.document.shapes()) expect(index.length).toBeLessThanOrEqual(256);
  });

  it("several shapes keep their order among themselves", async () => {
    const driver = await three();
    expect(driver.select("b", "a").run("arrange.front").ids).toEqual(["c", "a", "b"]);
  });

  it("only unlocking changes a locked shape", async () => {
    const driver = await three();
    driver.select("a").run("arrange.lock");
    expect(driver.shape("a").locked).toBe(true);
    expect(() => driver.run("arrange.front")).toThrow();
    driver.run("edit.delete");
    expect(driver.ids).toContain("a");
    driver.run("arrange.unlock");
    expect(driver.shape("a").locked).toBe(false);
  });
});

describe("copying", () => {
  it("a duplicate lies beside its original and is selected", async () => {
    const driver = await three();
    driver.select("a").run("edit.duplicate");
    expect(driver.selected).toMatchObject({ x: 16, y: 16, type: "basic/rectangle" });
    expect(driver.ids).toHaveLength(4);
  });

  it("what is copied can be pasted on another canvas, at the pointer, with what lies in it", async () => {
    const child = { parent: "a", x: 5, y: 5, width: 10, height: 10 };
    const from = await EditorDriver.with(rectangle("a", 0, 0), rectangle("child", 0, 0, child));
    const text = takeCopy(from.select("a").editor) ?? "";
    const to = await three();
    to.editor.pointer = { x: 550, y: 330 };
    expect(paste(to.editor, text)).toBe(true);
    expect(to.selected).toMatchObject({ x: 500, y: 300 });
    const pasted = [...to.editor.document.shapes()].find(({ parent }) => parent === to.selected.id);
    expect(pasted).toMatchObject({ x: 5, y: 5 });
  });

  it("copies of shapes that refer to each other refer to the copies, and keep the version that wrote them", async () => {
    const props = { from: "a", to: "c", through: ["b", "a", "elsewhere"] };
    const arrow = rectangle("d", 0, 0, { type: "basic/arrow", props, version: 2 });
    const driver = await EditorDriver.with(
      rectangle("a", 0, 0),
      rectangle("b", 0, 0),
      rectangle("c", 0, 0),
      arrow,
    );
    driver.select("a", "b", "d").run("edit.duplicate");
    const [a, b, copy] = driver.selection.map((id) => driver.shape(id));
    expect(copy).toMatchObject({ type: "basic/arrow", version: 2 });
    expect(copy?.props).toEqual({ from: a?.id, to: "c", through: [b?.id, a?.id, "elsewhere"] });
    driver.run("edit.delete").run("edit.undo");
    expect(driver.shape(copy?.id ?? "").version).toBe(2);
  });

  it("other text on the clipboard is left to others", async () => {
    const driver = await three();
    expect(paste(driver.editor, "hello")).toBe(false);
    expect(paste(driver.editor, '{"collabcanvas":"shapes" broken')).toBe(false);
    expect(driver.ids).toHaveLength(3);
  });

  it("deleting takes what lies in a shape with it, and undo brings both back", async () => {
    const driver = await EditorDriver.with(rectangle("a", 0, 0), rectangle("child", 0, 0, { parent: "a" }));
    driver.select("a").run("edit.delete");
    expect(driver.ids).toEqual([]);
    driver.run("edit.undo");
    expect(driver.shape("child").parent).toBe("a");
  });
});

describe("a selection that a command cannot change as a whole", () => {
  const unreadable = rectangle("u", 0, 0, { type: "core/unreadable", locked: true });
  const listened = (driver: EditorDriver) => {
    const told: string[] = [];
    driver.editor.notices.listen(({ title }) => told.push(title));
    return told;
  };

  it("is deleted but for what is locked, and for what holds something locked", async () => {
    const inside = { parent: "b", locked: true };
    const driver = await EditorDriver.with(
      rectangle("a", 0, 0),
      rectangle("b", 200, 0),
      rectangle("child", 0, 0, inside),
      rectangle("c", 400, 0, { locked: true }),
      unreadable,
    );
    const told = listened(driver);
    driver.select("a", "b", "c", "u").run("edit.delete");
    expect(driver.ids).toEqual(["b", "c", "child"]);
    expect(told).toEqual(["2 shapes were not deleted"]);
    expect(driver.room.edits.at(-1)?.operations).toEqual([{ delete: "a" }, { delete: "u" }]);
  });

  it("is duplicated but for what cannot be read", async () => {
    const driver = await EditorDriver.with(rectangle("a", 0, 0), unreadable);
    const told = listened(driver);
    driver.select("a", "u").run("edit.duplicate");
    expect(driver.ids).toHaveLength(3);
    expect(driver.selected.type).toBe("basic/rectangle");
    expect(told).toEqual(["1 shape was not duplicated"]);
    driver.select("u").run("edit.duplicate");
    expect(driver.ids).toHaveLength(3);
  });

  it("is locked and unlocked but for what cannot be read", async () => {
    const driver = await EditorDriver.with(rectangle("a", 0, 0), unreadable);
    driver.select("a", "u").run("arrange.lock");
    driver.run("arrange.unlock");
    expect(driver.shape("a").locked).toBe(false);
    expect(driver.room.edits.flatMap(({ operations }) => operations)).toEqual([
      { patch: { id: "a", locked: true } },
      { patch: { id: "a", locked: false } },
    ]);
  });
});

describe("the registry", () => {
  it("has no id and no shortcut twice", async () => {
    const { editor } = await three();
    const actions = allActions(editor.catalog);
    const ids = actions.map(({ id }) => id);
    const shortcuts = actions.flatMap((action) => action.shortcuts ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(shortcuts).size).toBe(shortcuts.length);
  });

  it("a shape type's key chooses its tool", async () => {
    const driver = await three();
    expect(runShortcut(driver.context, press("r"))).toBe(true);
    expect(driver.editor.tools.tool.value).toBe("basic/rectangle");
  });

  it("a viewer has no tool that changes the canvas (A1)", async () => {
    const driver = await three();
    driver.room.say({ role: { role: "viewer" } });
    expect(runShortcut(driver.context, press("r"))).toBe(false);
    const possible = allActions(driver.editor.catalog).filter((action) => action.enabled(driver.context));
    expect(possible.map(({ id }) => id)).not.toContain("edit.delete");
  });

  it("leaves copy and paste to the browser's own events", async () => {
    const driver = await three();
    expect(runShortcut(driver.select("a").context, press("c", { mod: true }))).toBe(false);
  });
});

describe("shortcuts", () => {
  it.each([
    ["mod+z", press("z", { mod: true }), true],
    ["mod+z", press("Z", { mod: true, shift: true }), false],
    ["mod+shift+z", press("Z", { mod: true, shift: true }), true],
    ["r", press("R", { shift: true }), false],
    ["?", press("?", { shift: true }), true],
    ["mod++", press("+", { mod: true, shift: true }), true],
    ["shift+1", press("!", { shift: true, code: "Digit1" }), true],
    ["shift+]", press("}", { shift: true, code: "BracketRight" }), true],
    ["]", press("]"), true],
    ["]", press("}", { shift: true, code: "BracketRight" }), false],
    ["mod+z", press("я", { mod: true, code: "KeyZ" }), true],
    ["mod+z", press("Я", { mod: true, shift: true, code: "KeyZ" }), false],
    ["mod+shift+z", press("Я", { mod: true, shift: true, code: "KeyZ" }), true],
    ["r", press("ρ", { code: "KeyR" }), true],
    ["v", press("ה", { code: "KeyV" }), true],
    ["b", press("لا", { code: "KeyB" }), true],
    ["]", press("ъ", { code: "BracketRight" }), true],
    // Latin keyboards have each letter, if in another place.
    ["w", press("é", { code: "KeyW" }), false],
    ["q", press("a", { code: "KeyQ" }), false],
  ])("%s is meant by %o: %s", (shortcut, pressed, expected) => {
    expect(matchesShortcut(shortcut, pressed)).toBe(expected);
  });

  it("are shown as the system writes them", () => {
    expect(shownShortcut("mod+shift+z", false)).toEqual(["Ctrl", "Shift", "Z"]);
    expect(shownShortcut("mod++", true)).toEqual(["⌘", "+"]);
  });
});
