import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { messageOf } from "../api/http";
import { isName, nameProblem } from "../api/name-rule";
import { renameMe } from "../api/server";

interface NameDialogProps {
  opened: boolean;
  /** The name so far. */
  name: string;
  close: () => void;
  /** Called with the name as the server keeps it. */
  onRenamed?: (name: string) => void;
}

/** Changing the name that others see beside one's cursor. */
export function NameDialog({ opened, close, ...props }: NameDialogProps) {
  return (
    <Modal opened={opened} onClose={close} title="Your name" size="sm">
      <NameForm {...props} close={close} />
    </Modal>
  );
}

function NameForm({ name, close, onRenamed }: Omit<NameDialogProps, "opened">) {
  const [draft, setDraft] = useState(name);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setRefusal(null);
    try {
      const kept = await renameMe(draft.trim());
      onRenamed?.(kept.name);
      close();
    } catch (failure) {
      setRefusal(messageOf(failure));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          data-autofocus
          aria-label="Your name"
          description="Others see it beside your cursor, in every project."
          inputWrapperOrder={["input", "error", "description"]}
          value={draft}
          error={nameProblem(draft) ?? refusal}
          onChange={(event) => {
            setDraft(event.currentTarget.value);
            setRefusal(null);
          }}
          autoComplete="name"
        />
        <Group justify="end" gap="xs">
          <Button type="button" variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" loading={busy} disabled={!isName(draft) || draft.trim() === name}>
            Change
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
