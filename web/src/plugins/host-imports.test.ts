import { expect, test } from "vitest";
import { hostImports } from "./host-imports";

test("what a pure call may not use answers with a problem, or ends the call where it cannot", () => {
  const imports = hostImports({ write: () => undefined }) as Record<string, Record<string, () => void>>;
  // As the transpiled module takes its imports: before it knows whether they will be called.
  const { query } = imports["collabcanvas:plugin/canvas"] ?? {};
  const { settings } = imports["collabcanvas:plugin/config@0.1.0"] ?? {};
  const thrown = (call: (() => void) | undefined): unknown => {
    try {
      call?.();
    } catch (error) {
      return error;
    }
  };
  expect(thrown(query)).toMatchObject({ payload: { code: "not-permitted" } });
  expect(thrown(settings)).toBeInstanceOf(Error);
  expect(thrown(settings)).not.toHaveProperty("payload");
});
