import { ActionIcon, Button, Menu, TextInput, Tooltip, UnstyledButton } from "@mantine/core";
import {
  Command,
  Home,
  Keyboard,
  LogOut,
  Menu as MenuIcon,
  Puzzle,
  Redo2,
  Scan,
  Undo2,
  UserPlus,
  UserRound,
} from "lucide-react";
import { useState } from "react";
import { messageOf } from "../api/http";
import { renameProject, signOut } from "../api/server";
import { goTo } from "../pages/route";
import { useSignal } from "../reactive/use-signal";
import { AppearanceItems } from "./appearance-items";
import { useEditor, useMayEdit, useRole, useRun } from "./editor-context";
import { Logo } from "./logo";
import { PeopleBar } from "./people-bar";
import { StatusBadge } from "./status-badge";

export function TopBar() {
  const role = useRole();
  const run = useRun();
  return (
    <header className="cc-top">
      <div className="cc-card cc-row">
        <MainMenu />
        <ProjectName />
        <StatusBadge />
        <div className="cc-undo">
          <UndoRedo />
        </div>
      </div>
      <div className="cc-spacer" />
      <div className="cc-card cc-row cc-people-card">
        <PeopleBar />
        {role === "owner" && (
          <Button
            size="compact-sm"
            leftSection={<UserPlus size={15} aria-hidden />}
            onClick={() => run("help.share")}
            className="cc-share"
          >
            Share
          </Button>
        )}
      </div>
    </header>
  );
}

function MainMenu() {
  const { ui } = useEditor();
  const run = useRun();
  return (
    <Menu position="bottom-start" width={230} shadow="md">
      <Menu.Target>
        <UnstyledButton className="cc-menu-button" aria-label="Main menu">
          <Logo size={22} />
          <MenuIcon size={14} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<Home size={15} />} onClick={() => goTo("/")}>
          Your projects
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<Command size={15} />} onClick={() => run("help.palette")}>
          Find a command
        </Menu.Item>
        <Menu.Item leftSection={<Scan size={15} />} onClick={() => run("view.fit-all")}>
          Zoom to fit all
        </Menu.Item>
        <Menu.Item
          className="cc-with-keys"
          leftSection={<Keyboard size={15} />}
          onClick={() => run("help.shortcuts")}
        >
          Keyboard shortcuts
        </Menu.Item>
        <Menu.Item leftSection={<Puzzle size={15} />} onClick={() => ui.open("plugins")}>
          Plugins
        </Menu.Item>
        <Menu.Divider />
        <AppearanceItems choose={(appearance) => run(`view.theme-${appearance}`)} />
        <Menu.Divider />
        <Menu.Item leftSection={<UserRound size={15} />} onClick={() => run("help.name")}>
          Change your name
        </Menu.Item>
        <Menu.Item
          leftSection={<LogOut size={15} />}
          onClick={() => void signOut().then(() => location.assign("/"))}
        >
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** The name; owners change it in place. */
function ProjectName() {
  const { editor, project } = useEditor();
  const current = useSignal(project);
  const role = useRole();
  const [draft, setDraft] = useState<string | null>(null);

  const save = async () => {
    const name = draft?.trim();
    setDraft(null);
    if (!name || name === current.name) return;
    try {
      await renameProject(current.id, name);
      project.value = { ...current, name };
    } catch (error) {
      editor.notices.tell({ title: "The name was not changed", message: messageOf(error) });
    }
  };

  if (draft === null) {
    return (
      <UnstyledButton
        className="cc-name"
        disabled={role !== "owner"}
        onClick={() => setDraft(current.name)}
        title={current.name}
      >
        {current.name}
      </UnstyledButton>
    );
  }
  return (
    <TextInput
      aria-label="Project name"
      size="xs"
      className="cc-name-field"
      value={draft}
      maxLength={80}
      autoFocus
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={() => void save()}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.currentTarget.blur();
        if (event.key === "Escape") setDraft(null);
      }}
    />
  );
}

/** Undo and redo. On phones they are at the bottom, where the thumbs are. */
export function UndoRedo() {
  const { editor } = useEditor();
  const changed = useSignal(editor.history.canUndo);
  const drafting = useSignal(editor.drafting);
  const canRedo = useSignal(editor.history.canRedo);
  const run = useRun();
  if (!useMayEdit()) return null;
  return (
    <div className="cc-undo-buttons" data-returns-focus>
      <Tooltip label="Undo">
        <ActionIcon aria-label="Undo" disabled={!changed && !drafting} onClick={() => run("edit.undo")}>
          <Undo2 size={16} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label="Redo">
        <ActionIcon aria-label="Redo" disabled={!canRedo} onClick={() => run("edit.redo")}>
          <Redo2 size={16} />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}
