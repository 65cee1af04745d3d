/** The server's HTTP interface, one function a route. */

import type { ProjectPlugin } from "../editor/shape-catalog";
import type { Role } from "../sync/protocol";
import { LoadError, type Snapshot } from "../sync/snapshot";
import { ApiError, request } from "./http";

export interface User {
  id: string;
  name: string;
  operator: boolean;
}

export interface ProjectSummary {
  id: string;
  name: string;
  role: Role;
}

export interface Project {
  id: string;
  name: string;
  role: Role | null;
  save_strategy: string;
  plugins: ProjectPlugin[];
}

export interface Member {
  user: { id: string; name: string };
  role: Role;
}

/** Who signed in or joined, and where to go from here. */
export interface Entered {
  user: User;
  /** The id of the project to go to. */
  project: string | null;
}

const at = (project: string, rest = "") => `/api/projects/${encodeURIComponent(project)}${rest}`;

export const signIn = (token: string) => request<Entered>("POST", "/api/signin", { token });
export const join = (token: string, name: string) => request<Entered>("POST", "/api/join", { token, name });
export const signOut = () => request<void>("POST", "/api/signout");
export const me = () => request<{ user: User; projects: ProjectSummary[] }>("GET", "/api/me");
export const renameMe = (name: string) => request<User>("PATCH", "/api/me", { name });
export const createProject = (name: string) => request<{ id: string }>("POST", "/api/projects", { name });
export const project = (id: string) => request<Project>("GET", at(id));
export const renameProject = (id: string, name: string) => request<unknown>("PATCH", at(id), { name });
export const members = (id: string) => request<Member[]>("GET", at(id, "/members"));
export const setRole = (id: string, user: string, role: Role) =>
  request<unknown>("PUT", at(id, `/members/${encodeURIComponent(user)}`), { role });
export const removeMember = (id: string, user: string) =>
  request<unknown>("DELETE", at(id, `/members/${encodeURIComponent(user)}`));
export const invite = (id: string, role: Role) =>
  request<{ link: string; expires_ms: number }>("POST", at(id, "/invitations"), { role });
export const releasePlugin = (id: string, name: string) =>
  request<unknown>("POST", at(id, `/plugins/${encodeURIComponent(name)}/release`));

/** The canvas as it is now. */
export const snapshot = (id: string): Promise<Snapshot> =>
  forSync(request<Snapshot>("GET", at(id, "/canvas")));

/** Whether we may be in a project at all. */
export const probe = (id: string): Promise<Project> => forSync(project(id));

/** The sync client tries again unless the server says that it is of no use. A proxy says it too while there is none. */
async function forSync<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const final = error instanceof ApiError && error.isServers && [401, 403, 404].includes(error.status);
    throw new LoadError(final ? error.problem : null);
  }
}
