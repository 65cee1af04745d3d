import { describe, expect, it } from "vitest";
import { routeOf } from "./route";

describe("addresses", () => {
  it.each([
    ["/", "", { page: "projects" }],
    ["/p/abc_-9", "", { page: "project", id: "abc_-9" }],
    ["/p/abc/", "", { page: "project", id: "abc" }],
    ["/signin", "#token=t0k", { page: "signin", token: "t0k" }],
    ["/join", "#token=t0k", { page: "join", token: "t0k" }],
    ["/join", "", { page: "join", token: "" }],
    ["/p/", "", { page: "not-found" }],
    ["/p/a/b", "", { page: "not-found" }],
  ])("%s%s", (path, hash, expected) => {
    expect(routeOf(path, hash)).toEqual(expected);
  });
});
