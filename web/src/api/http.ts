/** Asking the server over HTTP. Failures come as {@link ApiError}: with a problem if the server gave one. */

import type { Problem } from "../sync/protocol";

export class ApiError extends Error {
  constructor(
    /** 0: the server could not be reached. */
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(problem.message);
  }
}

const AWAY: Problem = {
  code: "unreachable",
  message: "The server cannot be reached. Check the connection, and try again.",
};

/** What went wrong, in words for people. */
export function messageOf(failure: unknown): string {
  return failure instanceof ApiError ? failure.problem.message : String(failure);
}

export async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  const init: RequestInit = { method, credentials: "same-origin" };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { "content-type": "application/json" };
  }
  const response = await fetch(path, init).catch(() => {
    throw new ApiError(0, AWAY);
  });
  if (!response.ok) throw new ApiError(response.status, await problemOf(response));
  return (response.status === 204 ? undefined : await response.json().catch(() => undefined)) as T;
}

/** The server's messages are written to stand in a log line. */
function asSentence(problem: Problem): Problem {
  const { message } = problem;
  const stop = /[.!?]$/.test(message) ? "" : ".";
  return { ...problem, message: `${message.charAt(0).toUpperCase()}${message.slice(1)}${stop}` };
}

/** Proxies answer without our form; so does a server that is just coming up. */
async function problemOf(response: Response): Promise<Problem> {
  const body = (await response.json().catch(() => null)) as { error?: Problem } | null;
  const message = `The server answered ${response.status} ${response.statusText}. Try again in a moment.`;
  return body?.error ? asSentence(body.error) : { code: `status-${response.status}`, message };
}
