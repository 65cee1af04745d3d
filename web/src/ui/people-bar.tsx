import { Menu, Tooltip, UnstyledButton } from "@mantine/core";
import { personColor } from "../editor/person-color";
import { useSignal } from "../reactive/use-signal";
import type { SessionInfo } from "../sync/protocol";
import { useEditor, useRun } from "./editor-context";

/** As many as fit beside each other; the rest are in a menu. */
const SHOWN = 4;

/** Who is here. A click shows what that person sees, until one moves by oneself. */
export function PeopleBar() {
  const { editor, sync } = useEditor();
  const others = useSignal(sync.people.others);
  const self = useSignal(sync.people.self);
  const followed = useSignal(editor.following.session);
  const follow = (session: string) =>
    followed === session ? editor.following.stop() : editor.following.start(session);
  const run = useRun();
  const hidden = others.slice(SHOWN);
  return (
    <div className="cc-people">
      {others.slice(0, SHOWN).map((person) => (
        <Tooltip
          key={person.session}
          label={followed === person.session ? `Stop following ${person.name}` : `Follow ${person.name}`}
        >
          <UnstyledButton
            className="cc-avatar"
            data-followed={followed === person.session || undefined}
            style={{ background: personColor(person.hue) }}
            aria-label={`Follow ${person.name}`}
            aria-pressed={followed === person.session}
            onClick={() => follow(person.session)}
          >
            {initials(person)}
          </UnstyledButton>
        </Tooltip>
      ))}
      {hidden.length > 0 && (
        <Menu position="bottom-end" shadow="md">
          <Menu.Target>
            <UnstyledButton className="cc-avatar cc-avatar-more" aria-label={`${hidden.length} more people`}>
              +{hidden.length}
            </UnstyledButton>
          </Menu.Target>
          <Menu.Dropdown mah={320} style={{ overflowY: "auto" }}>
            {hidden.map((person) => (
              <Menu.Item key={person.session} onClick={() => follow(person.session)}>
                {person.name}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      {self && (
        <Tooltip label={`${self.name} (you). Change your name`}>
          <UnstyledButton
            className="cc-avatar cc-avatar-self"
            style={{ borderColor: personColor(self.hue) }}
            aria-label={`${self.name} (you). Change your name`}
            onClick={() => run("help.name")}
          >
            {initials(self)}
          </UnstyledButton>
        </Tooltip>
      )}
    </div>
  );
}

function initials({ name }: SessionInfo): string {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => [...(word ?? "?")][0]?.toUpperCase() ?? "?").join("");
}
