import {
  ActionIcon,
  Button,
  CopyButton,
  Group,
  Modal,
  SegmentedControl,
  Select,
  Stack,
  Text,
  TextInput,
  Tooltip,
} from "@mantine/core";
import { Check, Copy, X } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { messageOf } from "../api/http";
import { invite, type Member, members, removeMember, setRole } from "../api/server";
import { useSignal } from "../reactive/use-signal";
import type { Role } from "../sync/protocol";
import { useEditor } from "./editor-context";

const ROLES: { value: Role; label: string }[] = [
  { value: "viewer", label: "Viewer" },
  { value: "editor", label: "Editor" },
  { value: "owner", label: "Owner" },
];

/** Invitation links, and who is a member in which role. */
export function ShareDialog() {
  const { project, ui } = useEditor();
  const open = useSignal(ui.dialog) === "share";
  const { id, name } = useSignal(project);
  return (
    <Modal opened={open} onClose={() => ui.close()} title={`Share ${name}`} size="md">
      <Stack>
        <Invitation project={id} />
        <Members project={id} />
      </Stack>
    </Modal>
  );
}

function Invitation({ project }: { project: string }) {
  const [role, setWanted] = useState<Role>("editor");
  const [link, setLink] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  const create = async () => {
    setError(null);
    try {
      setLink((await invite(project, role)).link);
    } catch (failure) {
      setError(messageOf(failure));
    }
  };
  return (
    <Stack gap="xs">
      <Text size="sm" c="dimmed">
        An invitation lets one person in. It can be taken once and lasts a week.
      </Text>
      <Group wrap="nowrap">
        <SegmentedControl
          aria-label="Role of who is invited"
          data={ROLES}
          value={role}
          onChange={(value) => {
            setWanted(value as Role);
            setLink(null);
          }}
          flex={1}
        />
        <Button onClick={() => void create()}>{link ? "Another link" : "Create link"}</Button>
      </Group>
      {link && (
        <TextInput
          readOnly
          aria-label="Invitation link"
          value={link}
          onFocus={(event) => event.currentTarget.select()}
          rightSection={
            <CopyButton value={link}>
              {({ copied, copy }) => (
                <Tooltip label={copied ? "Copied" : "Copy"}>
                  <ActionIcon aria-label="Copy the link" onClick={copy}>
                    {copied ? <Check size={16} /> : <Copy size={16} />}
                  </ActionIcon>
                </Tooltip>
              )}
            </CopyButton>
          }
        />
      )}
      {error && (
        <p className="cc-error" role="alert">
          {error}
        </p>
      )}
    </Stack>
  );
}

function Members({ project }: { project: string }) {
  const [list, setList] = useState<Member[]>([]);
  const [error, setError] = useState<string | null>(null);
  const load = useCallback(() => {
    members(project).then(setList, (failure) => setError(messageOf(failure)));
  }, [project]);
  useEffect(load, [load]);
  const change = (what: Promise<unknown>) => {
    setError(null);
    what.then(load, (failure) => setError(messageOf(failure)));
  };
  return (
    <Stack gap="xs">
      <Text fw={500} size="sm">
        Members
      </Text>
      {list.map(({ user, role }) => (
        <Group key={user.id} wrap="nowrap" justify="space-between">
          <Text size="sm" truncate>
            {user.name}
          </Text>
          <Group gap={4} wrap="nowrap">
            <Select
              aria-label={`Role of ${user.name}`}
              size="xs"
              w={100}
              data={ROLES}
              value={role}
              allowDeselect={false}
              onChange={(value) => value && change(setRole(project, user.id, value as Role))}
            />
            <Tooltip label="Remove">
              <ActionIcon
                aria-label={`Remove ${user.name}`}
                onClick={() => change(removeMember(project, user.id))}
              >
                <X size={15} />
              </ActionIcon>
            </Tooltip>
          </Group>
        </Group>
      ))}
      {error && (
        <p className="cc-error" role="alert">
          {error}
        </p>
      )}
    </Stack>
  );
}
