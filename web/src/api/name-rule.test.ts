import { describe, expect, it } from "vitest";
import { isName, nameProblem } from "./name-rule";

describe("names", () => {
  it("are 1 to 80 characters on one line", () => {
    expect(isName("Ada")).toBe(true);
    expect(isName("a".repeat(80))).toBe(true);
    expect(isName("   ")).toBe(false);
    expect(isName("a".repeat(81))).toBe(false);
    expect(isName("Ada\nLovelace")).toBe(false);
  });

  it("count characters as people do, and blanks around them not at all", () => {
    expect(isName("🦉".repeat(80))).toBe(true);
    expect(isName(`  ${"a".repeat(80)}  `)).toBe(true);
  });

  it("are told what is wrong with them", () => {
    expect(nameProblem("a".repeat(81))).toBe("A name has at most 80 characters; these are 81.");
    expect(nameProblem("Ada\tL")).toBe("A name is one line without tabs.");
    expect(nameProblem("")).toBeNull();
  });
});
