import { Tooltip, UnstyledButton } from "@mantine/core";
import { Hand, MousePointer2 } from "lucide-react";
import type { ReactNode } from "react";
import { type Action, allActions } from "../actions/registry";
import { shownShortcut } from "../actions/shortcut";
import { useSignal } from "../reactive/use-signal";
import { isMac, useEditor, useMayEdit, useRun } from "./editor-context";

const ICONS: Record<string, ReactNode> = {
  "tool.select": <MousePointer2 size={18} strokeWidth={1.75} aria-hidden />,
  "tool.hand": <Hand size={18} strokeWidth={1.75} aria-hidden />,
};

/** The tools: a column at the left, on phones a row at the bottom. */
export function Toolbar() {
  const { editor } = useEditor();
  const types = useSignal(editor.catalog.types);
  const mayEdit = useMayEdit();
  const icons = new Map(types.map((type) => [`tool.${type.name}`, type.icon]));
  const tools = allActions(editor.catalog).filter(({ group }) => group === "Tools");
  const fixed = tools.filter(({ id }) => ICONS[id]);
  const shapes = tools.filter(({ id }) => !ICONS[id]);
  return (
    <nav className="cc-card cc-toolbar" aria-label="Tools" data-returns-focus>
      {fixed.map((action) => (
        <ToolButton key={action.id} action={action} icon={ICONS[action.id]} />
      ))}
      {mayEdit && shapes.length > 0 && <span className="cc-divider" aria-hidden />}
      {mayEdit &&
        shapes.map((action) => (
          <ToolButton
            key={action.id}
            action={action}
            icon={<ShapeIcon path={icons.get(action.id) ?? ""} />}
          />
        ))}
    </nav>
  );
}

function ToolButton({ action, icon }: { action: Action; icon: ReactNode }) {
  const { editor } = useEditor();
  const tool = useSignal(editor.tools.tool);
  const run = useRun();
  const chosen = action.id === `tool.${tool}`;
  const shortcut = action.shortcuts?.[0];
  const keys = shortcut ? ` · ${shownShortcut(shortcut, isMac).join(" ")}` : "";
  return (
    <Tooltip
      label={`${action.label}${keys}`}
      position="right"
      events={{ hover: true, focus: true, touch: false }}
    >
      <UnstyledButton
        className="cc-tool"
        aria-label={action.label}
        aria-pressed={chosen}
        aria-keyshortcuts={shortcut?.toUpperCase()}
        onClick={() => run(action.id)}
      >
        {icon}
      </UnstyledButton>
    </Tooltip>
  );
}

/** An icon from a plugin: path data only, so nothing of a plugin's can run in the page. */
function ShapeIcon({ path }: { path: string }) {
  return (
    <svg
      width="20"
      height="20"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinejoin="round"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path d={path} />
    </svg>
  );
}
