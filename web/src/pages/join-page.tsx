import { Button, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useEffect, useState } from "react";
import { messageOf } from "../api/http";
import { isName, nameProblem } from "../api/name-rule";
import { join, me } from "../api/server";
import { MessagePage } from "./message-page";
import { goTo } from "./route";

/** An invitation: asks for a name, unless somebody is signed in, who keeps theirs. */
export function JoinPage({ token }: { token: string }) {
  const [name, setName] = useState("");
  const [known, setKnown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    me().then(
      ({ user }) => {
        setName(user.name);
        setKnown(true);
      },
      () => setKnown(false),
    );
  }, []);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const { project } = await join(token, name.trim());
      goTo(project ? `/p/${project}` : "/", true);
    } catch (failure) {
      setError(messageOf(failure));
      setBusy(false);
    }
  };

  return (
    <MessagePage
      title="You are invited"
      message={known ? `You join as ${name}.` : "Choose the name that others see beside your cursor."}
    >
      <form onSubmit={submit} style={{ width: "100%" }}>
        <Stack>
          {!known && (
            <TextInput
              label="Your name"
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              error={nameProblem(name)}
              required
              autoFocus
              autoComplete="name"
              ta="left"
            />
          )}
          {error && (
            <p className="cc-error" role="alert">
              {error}
            </p>
          )}
          <Button type="submit" loading={busy} disabled={!isName(name)} fullWidth>
            Join the canvas
          </Button>
        </Stack>
      </form>
    </MessagePage>
  );
}
