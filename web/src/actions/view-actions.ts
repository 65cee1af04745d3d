import type { Editor } from "../editor/editor";
import type { Appearance } from "../ui/interface-state";
import type { Action } from "./action";

const STEP = 1.25;

function zoom(editor: Editor, factor: number): void {
  const { width, height } = editor.engine.size;
  editor.following.stop();
  editor.engine.zoomAt({ x: width / 2, y: height / 2 }, factor);
}

const always = () => true;

function appearance(value: Appearance, label: string): Action {
  return {
    id: `view.theme-${value}`,
    label,
    group: "View",
    enabled: always,
    run: ({ ui }) => ui.setAppearance(value),
  };
}

export const VIEW_ACTIONS: readonly Action[] = [
  {
    id: "view.zoom-in",
    label: "Zoom in",
    group: "View",
    shortcuts: ["mod+=", "mod++", "+"],
    enabled: always,
    run: ({ editor }) => zoom(editor, STEP),
  },
  {
    id: "view.zoom-out",
    label: "Zoom out",
    group: "View",
    shortcuts: ["mod+-", "-"],
    enabled: always,
    run: ({ editor }) => zoom(editor, 1 / STEP),
  },
  {
    id: "view.zoom-reset",
    label: "Zoom to 100 %",
    group: "View",
    shortcuts: ["mod+0", "shift+0"],
    enabled: always,
    run: ({ editor }) => zoom(editor, 1 / editor.engine.camera.zoom),
  },
  {
    id: "view.fit-all",
    label: "Zoom to fit all",
    group: "View",
    shortcuts: ["shift+1"],
    enabled: ({ editor }) => editor.document.size > 0,
    run({ editor }) {
      editor.following.stop();
      editor.engine.fitAll();
    },
  },
  {
    id: "view.fit-selection",
    label: "Zoom to selection",
    group: "View",
    shortcuts: ["shift+2"],
    enabled: ({ editor }) => editor.selection.value.length > 0,
    run({ editor }) {
      const bounds = editor.engine.boundsOf(editor.selection.value);
      editor.following.stop();
      if (bounds) editor.engine.fit(bounds);
    },
  },
  appearance("light", "Light theme"),
  appearance("dark", "Dark theme"),
  appearance("auto", "Theme as the system's"),
];

export const HELP_ACTIONS: readonly Action[] = [
  {
    id: "help.palette",
    label: "Find a command",
    group: "Help",
    shortcuts: ["mod+k"],
    enabled: always,
    run: ({ ui }) => ui.open("palette"),
  },
  {
    id: "help.shortcuts",
    label: "Keyboard shortcuts",
    group: "Help",
    shortcuts: ["?"],
    enabled: always,
    run: ({ ui }) => ui.open("shortcuts"),
  },
  {
    id: "help.share",
    label: "Share this project",
    group: "Help",
    enabled: ({ editor }) => editor.sync.state.value.role === "owner",
    run: ({ ui }) => ui.open("share"),
  },
  {
    id: "help.name",
    label: "Change your name",
    group: "Help",
    enabled: always,
    run: ({ ui }) => ui.open("name"),
  },
];
