/**
 * What opening a project takes, asked for all at once instead of one after the other. The page's first script sets
 * out, before the application's code has come; the project's page then takes what is under way.
 */

import { me, type Project, project as projectOf, snapshot, type User } from "../api/server";
import type { Snapshot } from "../sync/snapshot";
import { type OpenSocket, socketAhead } from "../sync/socket";
import { type PluginsAhead, pluginsAhead } from "./plugins-ahead";

export interface Opening extends PluginsAhead {
  readonly id: string;
  readonly user: Promise<User>;
  readonly project: Promise<Project>;
  /** The editor's code. */
  readonly editor: Promise<typeof import("../ui/editor-view")>;
  /** The canvas: the first time the one that is under way, from then on as it is when it is asked for. */
  loadSnapshot(): Promise<Snapshot>;
  readonly openSocket: OpenSocket;
  /** Nobody will take what is under way. */
  abandon(): void;
}

let underWay: Opening | null = null;

/** Begins to open a project. */
export function setOut(id: string): void {
  underWay = open(id);
}

/** What is under way for this project, or else under way from now on. Each is given once. */
export function takeOpening(id: string): Opening {
  const opening = underWay;
  underWay = null;
  if (opening?.id === id) return opening;
  opening?.abandon();
  return open(id);
}

function open(id: string): Opening {
  const user = me().then((answer) => answer.user);
  const project = projectOf(id);
  const editor = import("../ui/editor-view");
  const socket = socketAhead(id);
  const ahead = pluginsAhead(project);
  let first: Promise<Snapshot> | null = snapshot(id);
  // Whoever takes them sees what went wrong; until then, it went wrong for nobody.
  for (const promise of [user, project, editor, first]) promise.catch(() => undefined);
  return {
    id,
    user,
    project,
    editor,
    ...ahead,
    loadSnapshot() {
      const taken = first ?? snapshot(id);
      first = null;
      return taken;
    },
    openSocket: socket.openSocket,
    abandon() {
      socket.abandon();
      ahead.stopPlugins();
    },
  };
}
