/**
 * What a plugin may import, in a browser: only shape types run here, and they are pure, so all that is there is `log`.
 * The rest answers as the server does in a call that must be pure: with a problem, or, where a function cannot answer
 * with one, by ending the call.
 */

import type { GuestProblem } from "./guest-types";

const PACKAGE = "collabcanvas:plugin";
const VERSION = "0.1.0";

/** Interfaces that hold types only: a component may name them, and is given no code. */
const TYPES_ONLY = ["types", "drawing"];

/** Interfaces whose functions all answer with a problem. */
const REFUSING = ["canvas", "canvas-edit", "storage", "access", "clock"];

/** How js-component-bindgen is told that an import answers with a problem rather than failing. */
class Refusal extends Error {
  readonly payload: GuestProblem;

  constructor(name: string) {
    super(`a function that must be pure called ${name}`);
    this.payload = {
      code: "not-permitted",
      message: "The call is pure: it may call no host function but log.",
    };
  }
}

/** Functions of every name, each of which fails so. */
function failing(fail: (name: string) => Error): Record<string, unknown> {
  return new Proxy(
    {},
    {
      get: (_, name) => () => {
        throw fail(String(name));
      },
    },
  );
}

/** All imports of the contract, under the names with and without its version. */
export function hostImports(log: Record<string, unknown>): Record<string, unknown> {
  const interfaces: [string, unknown][] = [
    ["log", log],
    ["config", failing((name) => new Error(`A function that must be pure called config.${name}.`))],
    ...TYPES_ONLY.map((name): [string, unknown] => [name, {}]),
    ...REFUSING.map((name): [string, unknown] => [
      name,
      failing((called) => new Refusal(`${name}.${called}`)),
    ]),
  ];
  return Object.fromEntries(
    interfaces.flatMap(([name, functions]) => [
      [`${PACKAGE}/${name}`, functions],
      [`${PACKAGE}/${name}@${VERSION}`, functions],
    ]),
  );
}
