import { describe, expect, it } from "vitest";
import { themeIn } from "./theme-memory";

describe("the remembered theme", () => {
  it("is found among other cookies, and only by its whole name", () => {
    expect(themeIn("theme=dark")).toBe("dark");
    expect(themeIn("a=1; theme=auto; b=2")).toBe("auto");
    expect(themeIn("my-theme=dark; themes=light")).toBeNull();
  });

  it("is one of those there are", () => {
    expect(themeIn("theme=purple")).toBeNull();
    expect(themeIn("theme=darker")).toBeNull();
    expect(themeIn("")).toBeNull();
  });
});
