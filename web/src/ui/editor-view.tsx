import { useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { startTransition, useEffect, useRef, useState } from "react";
import { type OpenedProject, openProject, type ProjectSession } from "../editor/project-session";
import { MessagePage } from "../pages/message-page";
import { useDerived } from "../reactive/use-signal";
import { ClosedBanner } from "./closed-banner";
import { CommandPalette } from "./command-palette";
import { ContextMenu } from "./context-menu";
import { EditorProvider } from "./editor-context";
import { EmptyHint } from "./empty-hint";
import { Inspector } from "./inspector/inspector";
import { InterfaceState } from "./interface-state";
import { LabelEditor } from "./label-editor";
import { OwnName } from "./own-name";
import { PluginsDialog } from "./plugins-dialog";
import { SelectionStatus } from "./selection-status";
import { ShareDialog } from "./share-dialog";
import { ShortcutSheet } from "./shortcut-sheet";
import { Toasts } from "./toasts";
import { Toolbar } from "./toolbar";
import { TopBar, UndoRedo } from "./top-bar";
import { ZoomControl } from "./zoom-control";

/** The canvas with everything around it. */
export function EditorView({ found }: { found: OpenedProject }) {
  const scheme = useComputedColorScheme("light");
  const { setColorScheme } = useMantineColorScheme();
  const container = useRef<HTMLElement>(null);
  const dark = useRef(scheme === "dark");
  const [session, setSession] = useState<ProjectSession | null>(null);
  const [ui] = useState(() => new InterfaceState(setColorScheme));

  useEffect(() => {
    const element = container.current;
    if (!element) return;
    const opened = openProject(found, element, ui, dark.current);
    setSession(opened);
    return () => opened.close();
  }, [found, ui]);

  useEffect(() => {
    dark.current = scheme === "dark";
    session?.setDark(dark.current);
  }, [scheme, session]);

  return (
    <main className="cc-editor">
      {/* The canvas is worked with by pointer and by the shortcuts and menus; a label tells what it is. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: keys such as arrows and space go to the canvas */}
      <section ref={container} className="cc-canvas" tabIndex={0} aria-label="Canvas" />
      {session && (
        <EditorProvider value={{ ...session, ui }}>
          <Chrome session={session} />
        </EditorProvider>
      )}
    </main>
  );
}

function Chrome({ session }: { session: ProjectSession }) {
  const { state } = session.sync;
  const loaded = useDerived(state, (now) => now.loaded);
  const phase = useDerived(state, (now) => now.phase);
  const problem = useDerived(state, (now) => now.problem);
  if (phase === "closed" && !loaded) {
    return <MessagePage title="The canvas could not be opened" message={problem?.message ?? ""} home />;
  }
  if (!loaded) {
    const away = phase === "offline" || phase === "reconnecting";
    return <MessagePage title={away ? "The server is away, trying again" : "Opening the canvas"} busy />;
  }
  return <Furniture />;
}

/**
 * What stands around the canvas. Made in slices, between which the pictures of the canvas come in: all at once it
 * would hold up the plugins, whose next work is handed to them from this thread.
 */
function Furniture() {
  const [shown, setShown] = useState(false);
  useEffect(() => startTransition(() => setShown(true)), []);
  if (!shown) return null;
  return (
    <>
      <TopBar />
      <Toolbar />
      <div className="cc-card cc-phone-undo">
        <UndoRedo />
      </div>
      <Inspector />
      <ZoomControl />
      <EmptyHint />
      <LabelEditor />
      <SelectionStatus />
      <ContextMenu />
      <CommandPalette />
      <ShortcutSheet />
      <ShareDialog />
      <PluginsDialog />
      <OwnName />
      <ClosedBanner />
      <Toasts />
    </>
  );
}
