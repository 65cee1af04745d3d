import { Menu } from "@mantine/core";
import { Fragment } from "react";
import { actionById } from "../actions/registry";
import { shownShortcut } from "../actions/shortcut";
import { useSignal } from "../reactive/use-signal";
import { isMac, useEditor } from "./editor-context";

const WITH_SELECTION = [
  ["edit.cut", "edit.copy", "edit.paste", "edit.duplicate"],
  ["arrange.front", "arrange.forward", "arrange.backward", "arrange.back"],
  ["arrange.lock", "arrange.unlock"],
  ["edit.delete"],
];
const WITHOUT_SELECTION = [
  ["edit.paste", "edit.select-all"],
  ["view.fit-all", "view.zoom-reset"],
];

/** The menu of the right button, or of a long press. */
export function ContextMenu() {
  const { editor, ui } = useEditor();
  const at = useSignal(ui.contextMenu);
  const selection = useSignal(editor.selection);
  const close = () => {
    ui.contextMenu.value = null;
  };
  const groups = selection.length > 0 ? WITH_SELECTION : WITHOUT_SELECTION;
  const possible = groups
    .map((ids) => ids.flatMap((id) => actionById(editor.catalog, id) ?? []))
    .map((actions) => actions.filter((action) => action.enabled({ editor, ui })))
    .filter((actions) => actions.length > 0);
  return (
    <Menu opened={at !== null} onClose={close} position="bottom-start" shadow="md" width={220} offset={0}>
      <Menu.Target>
        <span className="cc-anchor" style={{ left: at?.x ?? 0, top: at?.y ?? 0 }} />
      </Menu.Target>
      <Menu.Dropdown>
        {possible.map((actions, place) => (
          <Fragment key={actions[0]?.id}>
            {place > 0 && <Menu.Divider />}
            {actions.map((action) => (
              <Menu.Item
                key={action.id}
                color={action.id === "edit.delete" ? "red" : undefined}
                rightSection={<Keys shortcut={action.shortcuts?.[0]} />}
                onClick={() => action.run({ editor, ui })}
              >
                {action.label}
              </Menu.Item>
            ))}
          </Fragment>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Keys({ shortcut }: { shortcut: string | undefined }) {
  return shortcut ? <span className="cc-keys">{shownShortcut(shortcut, isMac).join(" ")}</span> : null;
}
