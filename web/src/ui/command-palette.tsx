import { Modal, Text, TextInput, UnstyledButton } from "@mantine/core";
import { Search } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { type Action, allActions } from "../actions/registry";
import { shownShortcut } from "../actions/shortcut";
import { useSignal } from "../reactive/use-signal";
import { isMac, useEditor } from "./editor-context";

/** Every command by name. */
export function CommandPalette() {
  const { ui } = useEditor();
  const open = useSignal(ui.dialog) === "palette";
  return (
    <Modal
      opened={open}
      onClose={() => ui.close()}
      withCloseButton={false}
      padding={0}
      size={480}
      yOffset="12vh"
      aria-label="Find a command"
    >
      <Palette />
    </Modal>
  );
}

function Palette() {
  const { editor, ui } = useEditor();
  const [words, setWords] = useState("");
  const [place, setPlace] = useState(0);
  const found = allActions(editor.catalog).filter(
    (action) => fits(action, words) && action.enabled({ editor, ui }),
  );
  const chosen = found[Math.min(place, found.length - 1)];

  const run = (action: Action | undefined) => {
    ui.close();
    action?.run({ editor, ui });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter") run(chosen);
    if (step === undefined) return;
    event.preventDefault();
    setPlace((Math.min(place, found.length - 1) + step + found.length) % Math.max(1, found.length));
  };
  return (
    <>
      <TextInput
        data-autofocus
        variant="unstyled"
        size="md"
        px="md"
        placeholder="Find a command"
        aria-label="Find a command"
        role="combobox"
        aria-expanded
        aria-controls="palette-list"
        aria-activedescendant={chosen ? `palette-${chosen.id}` : undefined}
        leftSection={<Search size={16} aria-hidden />}
        value={words}
        onChange={(event) => {
          setWords(event.currentTarget.value);
          setPlace(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div className="cc-palette" id="palette-list" role="listbox" aria-label="Commands">
        {found.map((action) => (
          <UnstyledButton
            key={action.id}
            id={`palette-${action.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={action === chosen}
            className="cc-palette-item"
            ref={(element) => {
              if (action === chosen) element?.scrollIntoView({ block: "nearest" });
            }}
            onClick={() => run(action)}
          >
            <span>{action.label}</span>
            <span className="cc-keys">
              {action.shortcuts?.[0] ? shownShortcut(action.shortcuts[0], isMac).join(" ") : action.group}
            </span>
          </UnstyledButton>
        ))}
        {found.length === 0 && (
          <Text c="dimmed" size="sm" p="md">
            No command has these words.
          </Text>
        )}
      </div>
    </>
  );
}

function fits({ label, group }: Action, words: string): boolean {
  const text = `${label} ${group}`.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
