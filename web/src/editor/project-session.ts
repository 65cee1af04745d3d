/**
 * A project that is open in this tab: everything from the socket to the pixels, put together and taken apart again.
 */

import { project as loadProject, type Project, probe, type User } from "../api/server";
import { canvasText } from "../document/canvas-text";
import { SharedDocument } from "../document/document";
import { DARK_THEME, Engine, LIGHT_THEME } from "../engine";
import { reached } from "../opening/milestones";
import type { Opening } from "../opening/opening";
import { Signal } from "../reactive/signal";
import { guardLeaving } from "../sync/leave-guard";
import { claimOutbox } from "../sync/outbox-claim";
import { IndexedDbOutboxStore } from "../sync/outbox-store";
import { SyncClient } from "../sync/sync-client";
import type { InterfaceState } from "../ui/interface-state";
import { Editor } from "./editor";
import { showFirstLook } from "./first-look";
import { listenToKeys } from "./keyboard-input";
import { CanvasPointerInput } from "./pointer-input";
import { ProjectNews } from "./project-news";
import { drawingPlugins, ShapeCatalog } from "./shape-catalog";

declare global {
  interface Window {
    /**
     * For end-to-end tests and for curious people in the console: the parts of the open project. `canvasText` gives
     * the same text wherever the same canvas is shown.
     */
    collabcanvas?: { editor: Editor; engine: Engine; sync: SyncClient; canvasText: () => string };
  }
}

/** A project that may be opened, by whom, and what is under way for it. */
export interface OpenedProject {
  user: User;
  project: Project;
  opening: Opening;
}

export interface ProjectSession {
  editor: Editor;
  engine: Engine;
  sync: SyncClient;
  /** The project's name, plugins and settings, as last heard. */
  project: Signal<Project>;
  setDark(dark: boolean): void;
  close(): void;
}

/** Opens a project in an element. What goes wrong from now on, the sync client's state tells. */
export function openProject(
  { user, project: first, opening }: OpenedProject,
  container: HTMLElement,
  ui: InterfaceState,
  dark: boolean,
): ProjectSession {
  const { id } = first;
  const ending = new AbortController();
  const project = new Signal(first);
  const catalog = new ShapeCatalog();
  const { plugins } = opening;
  const engine = new Engine({ container, source: plugins, theme: dark ? DARK_THEME : LIGHT_THEME });
  const shared = new SharedDocument();
  const outbox = new IndexedDbOutboxStore();
  const sync = new SyncClient({
    user: user.id,
    project: id,
    document: shared,
    loadSnapshot: () => opening.loadSnapshot(),
    probe: () => probe(id),
    openSocket: opening.openSocket,
    outbox,
    claim: claimOutbox(outbox, user.id, id),
    isOffline: () => !navigator.onLine,
  });
  const editor = new Editor({ document: shared, engine, sync, catalog });
  const adopt = (next: Project) => {
    project.value = next;
    catalog.set(next.plugins);
    plugins.setPlugins(drawingPlugins(next.plugins));
  };
  adopt(first);
  opening.onFault(({ plugin, reason, setAside }) => {
    const title = setAside ? `The plugin ${plugin} was set aside` : `The plugin ${plugin} failed`;
    editor.notices.tell({ title, message: reason });
  });
  const pointers = new CanvasPointerInput(editor, container, (screen) => {
    ui.contextMenu.value = screen;
  });
  listenToKeys({ editor, ui }, pointers, ending.signal);
  listenToNetwork(sync, ending.signal);
  addEventListener("pagehide", () => sync.flush(), { signal: ending.signal });
  const refresh = async () => {
    const next = await loadProject(id);
    if (!ending.signal.aborted) adopt(next);
  };
  const news = new ProjectNews(sync, refresh);
  guardLeaving(sync.state, ending.signal);
  sync.refused.listen(({ problem }) =>
    editor.notices.tell({ title: "This change was taken back", message: problem.message }),
  );
  let online = false;
  sync.state.subscribe(() => {
    const now = sync.state.value.phase === "online";
    if (now && !online) plugins.restoreUnloaded();
    online = now;
  });
  showFirstLook({
    state: sync.state,
    engine,
    loaded: () => reached("snapshot"),
    // A frame begins when the one before has been painted.
    complete: () => void engine.settled().then(() => requestAnimationFrame(() => reached("drawn"))),
  });
  window.collabcanvas = { editor, engine, sync, canvasText: () => canvasText(shared.shapes()) };
  void sync.start();
  return {
    editor,
    engine,
    sync,
    project,
    setDark: (isDark) => engine.setTheme(isDark ? DARK_THEME : LIGHT_THEME),
    close() {
      ending.abort();
      news.stop();
      pointers.destroy();
      editor.destroy();
      sync.stop();
      engine.destroy();
      opening.stopPlugins();
      window.collabcanvas = undefined;
    },
  };
}

function listenToNetwork(sync: SyncClient, signal: AbortSignal): void {
  addEventListener("online", () => sync.networkChanged(), { signal });
  addEventListener("offline", () => sync.networkChanged(), { signal });
}
