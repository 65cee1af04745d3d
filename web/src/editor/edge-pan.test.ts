import { describe, expect, it } from "vitest";
import { EditorDriver, rectangle } from "../tools/testing";
import { EdgePan, edgeSpeed } from "./edge-pan";

const SIZE = { width: 1000, height: 800 };

/** Frames that come when the test says so. */
class FakeFrames {
  waiting: ((now: number) => void) | null = null;
  now = 0;

  request(run: (now: number) => void): number {
    this.waiting = run;
    return 1;
  }

  cancel(): void {
    this.waiting = null;
  }

  /** So many frames, 16 ms apart. */
  run(count: number): void {
    for (let i = 0; i < count; i++) {
      this.now += 16;
      const { waiting } = this;
      this.waiting = null;
      waiting?.(this.now);
    }
  }
}

describe("panning at the edge", () => {
  it("is as fast as the pointer is near, and goes where the pointer is", () => {
    expect(edgeSpeed({ x: 500, y: 400 }, SIZE)).toEqual({ x: 0, y: 0 });
    expect(edgeSpeed({ x: 986, y: 400 }, SIZE)).toEqual({ x: 0.5, y: 0 });
    expect(edgeSpeed({ x: -40, y: 900 }, SIZE)).toEqual({ x: -1, y: 1 });
  });

  it("begins after a moment, runs while the pointer rests there, and ends with the drag", async () => {
    const { editor, engine } = await EditorDriver.with();
    const frames = new FakeFrames();
    let moves = 0;
    const pan = new EdgePan(editor, () => moves++, frames);
    pan.follow({ x: 1000, y: 400 });
    frames.run(10);
    expect([engine.camera.x, moves]).toEqual([0, 0]);
    frames.run(60);
    expect(engine.camera.x).toBeGreaterThan(300);
    expect(engine.camera.y).toBe(0);
    const { x } = engine.camera;
    pan.stop();
    frames.run(10);
    expect(engine.camera.x).toBe(x);
  });

  it("leaving the edge ends it, and coming back waits again", async () => {
    const { editor, engine } = await EditorDriver.with();
    const frames = new FakeFrames();
    const pan = new EdgePan(editor, () => {}, frames);
    pan.follow({ x: 500, y: 0 });
    frames.run(30);
    expect(engine.camera.y).toBeLessThan(0);
    const { y } = engine.camera;
    pan.follow({ x: 500, y: 400 });
    pan.follow({ x: 500, y: 0 });
    frames.run(10);
    expect(engine.camera.y).toBe(y);
  });

  it("what is dragged stays under the pointer", async () => {
    const driver = await EditorDriver.with(rectangle("a", 400, 300));
    const frames = new FakeFrames();
    driver.pointerDown(450, 330).pointerMove(998, 330);
    const { editor, engine } = driver;
    const pan = new EdgePan(editor, () => driver.pointerMove(998, 330), frames);
    pan.follow({ x: 998, y: 330 });
    frames.run(100);
    expect(engine.camera.x).toBeGreaterThan(500);
    expect(driver.shape("a").x - engine.camera.x).toBeCloseTo(948, 1);
    expect(editor.tools.current.value.pansAtEdge).toBe(true);
  });
});
