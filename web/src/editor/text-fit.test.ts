import { describe, expect, it } from "vitest";
import type { PlacedLabel, TextStyle } from "../engine/types";
import { EditorDriver, rectangle } from "../tools/testing";
import { fitToText } from "./text-fit";

/** The engine has drawn, and what waited for that is done. */
const drawn = async () => {
  for (let turns = 0; turns < 5; turns++) await Promise.resolve();
};

/** Every character is 10 wide and 20 high. */
function measure(text: string, { wrap }: TextStyle, width: number) {
  const lines = text.split("\n").map((line) => 10 * line.length);
  const broken = lines.reduce((sum, length) => sum + Math.max(1, Math.ceil(length / width)), 0);
  return { width: wrap ? width : Math.max(...lines), height: 20 * (wrap ? broken : lines.length) };
}

async function fitted(labels: Partial<PlacedLabel>[], fields: Record<string, unknown>) {
  const driver = await EditorDriver.with(rectangle("a", 100, 0, { type: "basic/text", ...fields }));
  driver.engine.labels = labels;
  driver.editor.edit(fitToText(driver.editor, "a", measure));
  const { x, width, height } = driver.shape("a");
  return { x, width, height };
}

const long = { props: { text: "twelve words" } };

describe("the size that a text gives its shape", () => {
  it("is none unless the label says so, whatever the shape may be dragged to", async () => {
    expect(await fitted([{}], long)).toEqual({ x: 100, width: 100, height: 60 });
  });

  it("is the height of its lines", async () => {
    expect(await fitted([{ fit: "height" }], long)).toEqual({ x: 100, width: 100, height: 40 });
  });

  it("is the width of the longest line too, on the side to which it is aligned", async () => {
    expect(await fitted([{ fit: "both" }], long)).toEqual({ x: 100, width: 122, height: 20 });
    const style = { align: "right" } as TextStyle;
    expect(await fitted([{ fit: "both", style }], long)).toEqual({ x: 78, width: 122, height: 20 });
  });

  it("is the height alone once people have chosen a width, before that is drawn", async () => {
    const chosen = { props: { text: "twelve words", chosen: true } };
    expect(await fitted([{ fit: "both" }], chosen)).toEqual({ x: 100, width: 100, height: 40 });
  });

  it("leaves room for what is around the text", async () => {
    const margin = { width: 20, height: 10 };
    expect(await fitted([{ fit: "height", margin }], long)).toEqual({ x: 100, width: 100, height: 50 });
    expect(await fitted([{ fit: "both", margin }], long)).toEqual({ x: 100, width: 142, height: 30 });
  });

  it("is that of the first label that gives one", async () => {
    const props = { title: "ab", body: "twelve words" };
    const labels: Partial<PlacedLabel>[] = [{ prop: "title" }, { prop: "body", fit: "height" }];
    expect(await fitted(labels, { props })).toMatchObject({ height: 40 });
  });
});

describe("a change of the style of texts", () => {
  const two = async () => {
    const driver = await EditorDriver.with(
      rectangle("a", 0, 0, { type: "basic/text", ...long }),
      rectangle("b", 0, 200, { type: "basic/text", ...long }),
    );
    driver.engine.labels = [{ fit: "height" }];
    return driver.select("a", "b");
  };
  const heights = (driver: EditorDriver) => ["a", "b"].map((id) => driver.shape(id).height);

  it("is one step of undo together with the sizes that follow, for all of them", async () => {
    const driver = await two();
    driver.editor.setProps({ font: "mono" }, measure);
    await drawn();
    expect(heights(driver)).toEqual([40, 40]);
    expect(driver.room.edits.map(({ operations }) => operations.length)).toEqual([2, 2]);
    driver.run("edit.undo");
    expect(heights(driver)).toEqual([60, 60]);
    expect(driver.shape("a").props).toEqual(long.props);
    expect(driver.editor.history.canUndo.value).toBe(false);
    driver.run("edit.redo");
    expect(heights(driver)).toEqual([40, 40]);
  });

  it("that is undone before it was drawn changes no size, and can be done again", async () => {
    const driver = await two();
    driver.editor.setProps({ font: "mono" }, measure);
    driver.run("edit.undo");
    await drawn();
    expect(heights(driver)).toEqual([60, 60]);
    expect(driver.editor.history.canRedo.value).toBe(true);
  });

  it("belongs to the gesture in which it was made, though that has ended meanwhile", async () => {
    const driver = await two();
    driver.editor.history.begin();
    driver.editor.setProps({ font: "mono" }, measure);
    driver.editor.history.complete();
    driver.key("ArrowRight");
    await drawn();
    driver.run("edit.undo");
    expect(heights(driver)).toEqual([40, 40]);
    driver.run("edit.undo");
    expect(heights(driver)).toEqual([60, 60]);
  });
});
