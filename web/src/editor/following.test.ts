import { describe, expect, it } from "vitest";
import { fitted, zoomedAt } from "../engine/camera";
import type { Camera, Rect } from "../engine/types";
import { People } from "../sync/people";
import type { Presence } from "../sync/protocol";
import { Following } from "./following";

/** Somebody with a screen of some form, who looks at a place. */
class Person {
  camera: Camera = { x: 0, y: 0, zoom: 1 };
  readonly people = new People();
  readonly following: Following;

  constructor(
    readonly session: string,
    readonly size: { width: number; height: number },
    x: number,
  ) {
    this.camera.x = x;
    this.following = new Following(this, this.people);
  }

  fit(rect: Rect, padding = 0, maxZoom = 1): void {
    this.camera = fitted(rect, this.size, padding, maxZoom);
  }

  /** Moves by hand. */
  move(x: number): void {
    this.following.stop();
    this.camera = { ...this.camera, x };
  }
}

/** Tells everybody what the others show; that is one tick of the room. */
function tick(...present: Person[]): void {
  const shown = present.map(({ session, following }) => {
    const { viewport } = following satisfies Presence;
    return { session, user: session, name: session, hue: 0, viewport };
  });
  for (const person of present) person.people.replace(shown, person.session);
}

const wide = (session: string, x = 0) => new Person(session, { width: 1000, height: 500 }, x);
const tall = (session: string, x = 0) => new Person(session, { width: 400, height: 800 }, x);

describe("following", () => {
  it("shows all that the other sees, wherever they go, until one moves by oneself", () => {
    const [ada, bob] = [wide("ada", 5_000), tall("bob")];
    tick(ada, bob);
    bob.following.start("ada");
    expect(bob.camera).toEqual({ x: 5_000, y: -750, zoom: 0.4 });
    ada.camera = zoomedAt(ada.camera, { x: 0, y: 0 }, 2);
    tick(ada, bob);
    expect(bob.camera).toMatchObject({ x: 5_000, zoom: 0.8 });
    bob.move(0);
    ada.move(9_000);
    tick(ada, bob);
    expect(bob.camera.x).toBe(0);
  });

  it("each other rests, on screens of whatever form", () => {
    const [ada, bob] = [wide("ada", 5_000), tall("bob")];
    tick(ada, bob);
    bob.following.start("ada");
    tick(ada, bob);
    ada.following.start("bob");
    for (let ticks = 0; ticks < 20; ticks++) tick(ada, bob);
    expect(ada.camera).toEqual({ x: 5_000, y: 0, zoom: 1 });
    expect(bob.camera).toEqual({ x: 5_000, y: -750, zoom: 0.4 });
    ada.move(6_000);
    tick(ada, bob);
    expect(bob.camera).toMatchObject({ x: 6_000, zoom: 0.4 });
  });

  it("each other rests also when both began in the same instant", () => {
    const [ada, bob] = [wide("ada", 5_000), tall("bob")];
    tick(ada, bob);
    bob.following.start("ada");
    ada.following.start("bob");
    for (let ticks = 0; ticks < 20; ticks++) tick(ada, bob);
    const before = [ada.camera, bob.camera];
    tick(ada, bob);
    expect([ada.camera, bob.camera]).toEqual(before);
    expect(Math.min(ada.camera.zoom, bob.camera.zoom)).toBeGreaterThanOrEqual(0.4);
  });

  it("somebody who follows a third one shows what that one sees, and in a ring all rest", () => {
    const [ada, bob, eve] = [wide("ada", 5_000), tall("bob"), wide("eve")];
    tick(ada, bob, eve);
    bob.following.start("ada");
    tick(ada, bob, eve);
    eve.following.start("bob");
    expect(eve.camera).toEqual(ada.camera);
    ada.move(6_000);
    for (let ticks = 0; ticks < 3; ticks++) tick(ada, bob, eve);
    expect(eve.camera).toEqual({ x: 6_000, y: 0, zoom: 1 });
    ada.following.start("eve");
    for (let ticks = 0; ticks < 20; ticks++) tick(ada, bob, eve);
    expect([ada, bob, eve].map(({ camera }) => camera.zoom)).toEqual([1, 0.4, 1]);
  });

  it("ends when the other leaves", () => {
    const [ada, bob] = [wide("ada"), tall("bob")];
    tick(ada, bob);
    bob.following.start("ada");
    tick(bob);
    expect(bob.following.session.value).toBeNull();
    expect(bob.following.viewport).toEqual([0, -750, 1_000, 2_000]);
  });
});
