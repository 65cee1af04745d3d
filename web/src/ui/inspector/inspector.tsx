import { ActionIcon, Drawer, Text, Tooltip } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import {
  ChevronsDown,
  ChevronsUp,
  Copy,
  LockKeyhole,
  LockKeyholeOpen,
  SlidersHorizontal,
  Trash2,
} from "lucide-react";
import type { ReactNode } from "react";
import type { Shape } from "../../document/shape";
import { UNREADABLE_TYPE } from "../../document/shape";
import { revealSelection } from "../../editor/reveal";
import { nameOf } from "../../editor/step-selection";
import { useSignal } from "../../reactive/use-signal";
import { useEditor, useMayEdit, useRun, useSelectedShapes } from "../editor-context";
import { GeometryFields } from "./geometry-fields";
import { PropFields } from "./prop-fields";

/** How much of a phone's screen the sheet covers: what is changed stays in sight above it. */
const SHEET_SHARE = 0.5;
const TOP_BAR_HEIGHT = 56;

/** What the selected shapes are like, and changing it. A panel at the right; on phones a sheet. */
export function Inspector() {
  const { editor, ui } = useEditor();
  const shapes = useSelectedShapes();
  const open = useSignal(ui.propertiesOpen);
  const mayEdit = useMayEdit();
  const narrow = useMediaQuery("(max-width: 640px)", false, { getInitialValueInEffect: false });
  if (shapes.length === 0 || !mayEdit) return null;
  if (!narrow) {
    return (
      <aside className="cc-card cc-inspector" aria-label="Properties" data-returns-focus>
        <Content shapes={shapes} />
      </aside>
    );
  }
  const close = () => {
    ui.propertiesOpen.value = false;
  };
  return (
    <>
      <div className="cc-card cc-row cc-phone-actions">
        <QuickActions shapes={shapes} />
        <ActionIcon
          aria-label="Properties"
          onClick={() => {
            ui.propertiesOpen.value = true;
            const { width, height } = editor.engine.size;
            const y = TOP_BAR_HEIGHT;
            revealSelection(editor, { x: 0, y, width, height: height * (1 - SHEET_SHARE) - y });
          }}
        >
          <SlidersHorizontal size={17} />
        </ActionIcon>
      </div>
      <Drawer
        opened={open}
        onClose={close}
        position="bottom"
        size={`${100 * SHEET_SHARE}%`}
        title={<Heading shapes={shapes} />}
        overlayProps={{ opacity: 0.1 }}
      >
        <Fields shapes={shapes} />
      </Drawer>
    </>
  );
}

function Content({ shapes }: { shapes: readonly Shape[] }) {
  return (
    <>
      <div className="cc-inspector-head">
        <Text fw={600} size="sm" truncate>
          <Heading shapes={shapes} />
        </Text>
        <div className="cc-row">
          <QuickActions shapes={shapes} />
        </div>
      </div>
      <Fields shapes={shapes} />
    </>
  );
}

function Fields({ shapes }: { shapes: readonly Shape[] }) {
  const locked = shapes.every((shape) => shape.locked);
  return (
    <>
      <Trouble shapes={shapes} />
      {locked ? (
        <Text size="sm" c="dimmed">
          Locked. Unlock to change.
        </Text>
      ) : (
        <>
          <PropFields shapes={shapes} />
          <GeometryFields shapes={shapes} />
        </>
      )}
    </>
  );
}

function QuickActions({ shapes }: { shapes: readonly Shape[] }) {
  const run = useRun();
  const locked = shapes.some((shape) => shape.locked);
  const buttons: [string, string, ReactNode][] = [
    ["arrange.front", "Bring to front", <ChevronsUp key="front" size={16} />],
    ["arrange.back", "Send to back", <ChevronsDown key="back" size={16} />],
    ["edit.duplicate", "Duplicate", <Copy key="duplicate" size={15} />],
    locked
      ? ["arrange.unlock", "Unlock", <LockKeyhole key="unlock" size={15} />]
      : ["arrange.lock", "Lock", <LockKeyholeOpen key="lock" size={15} />],
    ["edit.delete", "Delete", <Trash2 key="delete" size={15} />],
  ];
  return buttons.map(([id, label, icon]) => (
    <Tooltip key={id} label={label}>
      <ActionIcon size="sm" aria-label={label} onClick={() => run(id)}>
        {icon}
      </ActionIcon>
    </Tooltip>
  ));
}

/** Why a shape is a placeholder: its plugin, or its record (S2, P3). */
function Trouble({ shapes }: { shapes: readonly Shape[] }) {
  const { editor, engine } = useEditor();
  useSignal(editor.catalog.plugins);
  const [shape] = shapes;
  if (!shape || shapes.length > 1) return null;
  const reason = reasonOf(shape) ?? pluginTrouble() ?? engine.problemOf(shape.id);
  return reason ? <p className="cc-error">{reason}</p> : null;

  function reasonOf({ type, props }: Shape): string | null {
    return type === UNREADABLE_TYPE
      ? `This record cannot be read: ${String(props.reason)}. It can only be deleted.`
      : null;
  }

  function pluginTrouble(): string | null {
    const type = shape?.type ?? "";
    const plugin = editor.catalog.pluginOf(type);
    if (!plugin)
      return `No plugin of this project has the shape type ${type}. It can be moved, copied and deleted.`;
    if (plugin.state === "ok") return null;
    return plugin.reason ?? `The plugin ${plugin.name} is ${plugin.state}.`;
  }
}

/** What is selected: one shape by what people call it, or how many. */
function Heading({ shapes }: { shapes: readonly Shape[] }) {
  const { editor } = useEditor();
  const [first] = shapes;
  if (!first || shapes.length > 1) return `${shapes.length} shapes`;
  return nameOf(editor, first.type);
}
