/** Asking the server over HTTP. Failures come as {@link ApiError}: with a problem if the server gave one. */

import type { Problem } from "../sync/protocol";

export class ApiError extends Error {
  constructor(
    /** 0: the server could not be reached. */
    readonly status: number,
    readonly problem: Problem,
    /** Whether the server itself says so, and not a proxy that stands in for it. */
    readonly isServers = false,
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

/** When nothing of an answer has come for so long, the server is taken for gone. */
const SILENCE_MS = 15_000;

/** An answer may take long, if only it comes in: what is limited is silence, and only where asking again is harmless. */
export async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  const init: RequestInit = { method, credentials: "same-origin" };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { "content-type": "application/json" };
  }
  const silence = new Silence(method === "GET" ? SILENCE_MS : null);
  try {
    const answer = await fetch(path, { ...init, signal: silence.signal }).catch(() => {
      throw new ApiError(0, AWAY);
    });
    const response = silence.watch(answer);
    if (!response.ok) throw await errorOf(response);
    if (response.status === 204) return undefined as T;
    return (await response.json().catch(() => {
      // Cut off in the middle. Other answers may be empty.
      if (method === "GET") throw new ApiError(0, AWAY);
    })) as T;
  } finally {
    silence.end();
  }
}

/** Ends a request of which nothing is heard any more. */
class Silence {
  readonly #gone = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly limit: number | null) {
    this.#heard();
  }

  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** The same response, each part of which is heard. */
  watch(response: Response): Response {
    this.#heard();
    if (!response.body || this.limit === null) return response;
    const parts = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform: (part, out) => {
        this.#heard();
        out.enqueue(part);
      },
    });
    const { status, statusText, headers } = response;
    return new Response(response.body.pipeThrough(parts), { status, statusText, headers });
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #heard(): void {
    clearTimeout(this.#timer);
    if (this.limit !== null) this.#timer = setTimeout(() => this.#gone.abort(), this.limit);
  }
}

/** The server's messages are written to stand in a log line. */
function asSentence(problem: Problem): Problem {
  const { message } = problem;
  const stop = /[.!?]$/.test(message) ? "" : ".";
  return { ...problem, message: `${message.charAt(0).toUpperCase()}${message.slice(1)}${stop}` };
}

/** Proxies answer without our form; so does a server that is just coming up. */
async function errorOf(response: Response): Promise<ApiError> {
  const { status, statusText } = response;
  const body = (await response.json().catch(() => null)) as { error?: unknown } | null;
  if (isProblem(body?.error)) return new ApiError(status, asSentence(body.error), true);
  const message = `The server answered ${status} ${statusText}. Try again in a moment.`;
  return new ApiError(status, { code: `status-${status}`, message });
}

function isProblem(error: unknown): error is Problem {
  const { code, message } = (error ?? {}) as Partial<Problem>;
  return typeof code === "string" && typeof message === "string";
}
