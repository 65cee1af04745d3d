import { Kbd, Modal } from "@mantine/core";
import { allActions } from "../actions/registry";
import { shownShortcut } from "../actions/shortcut";
import { useSignal } from "../reactive/use-signal";
import { isMac, useEditor } from "./editor-context";

/** What is done with pointer and modifier keys, which no command tells of. */
const GESTURES: readonly [string, string][] = [
  ["Add to the selection", "Shift click"],
  ["Drag a copy", "Alt drag"],
  ["Keep proportions, or one axis", "Shift drag"],
  ["Resize about the centre", "Alt drag a handle"],
  ["Move without snapping", isMac ? "⌘ drag" : "Ctrl drag"],
  ["Move the canvas", "Space drag, or arrows"],
  ["Zoom", isMac ? "⌘ scroll" : "Ctrl scroll"],
  ["Nudge", "Arrows"],
  ["Nudge by ten", "Shift arrows"],
  ["Edit text", "Enter"],
  ["Place the chosen shape in the middle", "Enter"],
];

export function ShortcutSheet() {
  const { editor, ui } = useEditor();
  const open = useSignal(ui.dialog) === "shortcuts";
  const actions = allActions(editor.catalog).filter(({ shortcuts }) => shortcuts);
  const groups = [...new Set(actions.map(({ group }) => group))];
  return (
    <Modal opened={open} onClose={() => ui.close()} title="Keyboard shortcuts" size="lg">
      <div className="cc-sheet">
        {groups.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            {actions
              .filter((action) => action.group === group)
              .map(({ id, label, shortcuts }) => (
                <div key={id} className="cc-sheet-row">
                  <span>{label}</span>
                  <span>
                    {shownShortcut(shortcuts?.[0] ?? "", isMac).map((key) => (
                      <Kbd key={key} size="xs">
                        {key}
                      </Kbd>
                    ))}
                  </span>
                </div>
              ))}
          </section>
        ))}
        <section>
          <h3>Pointer</h3>
          {GESTURES.map(([label, how]) => (
            <div key={label} className="cc-sheet-row">
              <span>{label}</span>
              <span className="cc-keys">{how}</span>
            </div>
          ))}
        </section>
      </div>
    </Modal>
  );
}
