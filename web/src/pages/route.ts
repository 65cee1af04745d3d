/** Which page an address shows, and going from one to another without loading anew. */

import { Signal } from "../reactive/signal";

export type Route =
  | { page: "projects" }
  | { page: "project"; id: string }
  | { page: "signin"; token: string }
  | { page: "join"; token: string }
  | { page: "not-found" };

export function routeOf(path: string, hash: string): Route {
  // The token is in the fragment, which browsers send to no server.
  const token = new URLSearchParams(hash.replace(/^#/, "")).get("token") ?? "";
  const project = /^\/p\/([A-Za-z0-9_-]+)\/?$/.exec(path)?.[1];
  if (project) return { page: "project", id: project };
  switch (path) {
    case "/":
      return { page: "projects" };
    case "/signin":
      return { page: "signin", token };
    case "/join":
      return { page: "join", token };
    default:
      return { page: "not-found" };
  }
}

const here = () => routeOf(location.pathname, location.hash);

export const route = new Signal<Route>({ page: "not-found" });

/** Starts following the address bar. */
export function followAddress(): void {
  const follow = () => {
    route.value = here();
  };
  addEventListener("popstate", follow);
  addEventListener("hashchange", follow);
  follow();
}

export function goTo(path: string, replace = false): void {
  history[replace ? "replaceState" : "pushState"](null, "", path);
  route.value = here();
}
