import { afterEach, describe, expect, it, vi } from "vitest";
import { probe, snapshot } from "./server";

afterEach(() => vi.unstubAllGlobals());

const answer = (status: number, body: string) =>
  vi.stubGlobal("fetch", async () => new Response(body, { status }));

describe("what the sync client asks for", () => {
  it("is refused for good when the server itself says so", async () => {
    for (const status of [401, 403, 404]) {
      answer(status, '{"error":{"code":"no-such-project","message":"there is no project"}}');
      const problem = { code: "no-such-project", message: "There is no project." };
      await expect(probe("p")).rejects.toMatchObject({ problem });
      await expect(snapshot("p")).rejects.toMatchObject({ problem });
    }
  });

  it("is tried again when a proxy answers while the server is away", async () => {
    for (const status of [401, 403, 404]) {
      for (const body of [
        "<h1>Not found</h1>",
        "",
        "null",
        "{}",
        '{"error":"Not Found"}',
        '{"error":{"code":404,"message":"no backend"}}',
      ]) {
        answer(status, body);
        await expect(probe("p")).rejects.toMatchObject({ name: "Error", problem: null });
        await expect(snapshot("p")).rejects.toMatchObject({ problem: null });
      }
    }
  });

  it("is tried again when the server has failed", async () => {
    answer(503, '{"error":{"code":"shutdown","message":"the host is shutting down"}}');
    await expect(probe("p")).rejects.toMatchObject({ problem: null });
  });
});
