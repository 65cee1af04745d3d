import { Badge, Button, Group, Stack, Text, TextInput, Title, UnstyledButton } from "@mantine/core";
import { ArrowRight, Plus } from "lucide-react";
import { type FormEvent, useCallback, useEffect, useState } from "react";
import { ApiError } from "../api/http";
import { createProject, me, type ProjectSummary, signOut, type User } from "../api/server";
import { Logo } from "../ui/logo";
import { MessagePage } from "./message-page";
import { goTo } from "./route";

/** The projects of whoever is signed in. */
export function ProjectsPage() {
  const [data, setData] = useState<{ user: User; projects: ProjectSummary[] } | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const load = useCallback(() => {
    setError(null);
    me().then(setData, (failure) => setError(failure instanceof ApiError ? failure : null));
  }, []);
  useEffect(load, [load]);

  if (error?.status === 401) {
    return (
      <MessagePage
        title="You are not signed in"
        message="Open the link that the server printed when it started, or an invitation that somebody sent you."
      />
    );
  }
  if (error) {
    return (
      <MessagePage title="The projects could not be loaded" message={error.problem.message}>
        <Button onClick={load}>Try again</Button>
      </MessagePage>
    );
  }
  if (!data) return <MessagePage title="Loading your projects" busy />;
  return <ProjectList user={data.user} projects={data.projects} />;
}

function ProjectList({ user, projects }: { user: User; projects: ProjectSummary[] }) {
  const leave = async () => {
    await signOut();
    location.reload();
  };
  return (
    <main className="cc-page">
      <Stack maw={640} mx="auto" gap="lg" w="100%">
        <Group justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Logo size={28} />
            <Text fw={600}>CollabCanvas</Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Text size="sm" c="dimmed" truncate>
              {user.name}
            </Text>
            <Button size="compact-sm" variant="subtle" color="gray" onClick={leave}>
              Sign out
            </Button>
          </Group>
        </Group>
        <Title order={1} size="h2">
          Projects
        </Title>
        <Stack gap="xs" component="ul" className="cc-plain-list">
          {projects.map((project) => (
            <li key={project.id}>
              <UnstyledButton className="cc-project" onClick={() => goTo(`/p/${project.id}`)}>
                <Text fw={500} truncate>
                  {project.name}
                </Text>
                <Group gap="sm" wrap="nowrap">
                  <Badge variant="light" color="gray" tt="none" fw={500}>
                    {project.role}
                  </Badge>
                  <ArrowRight size={16} aria-hidden />
                </Group>
              </UnstyledButton>
            </li>
          ))}
        </Stack>
        {projects.length === 0 && (
          <Text c="dimmed">You are in no project yet. Ask its owner for an invitation.</Text>
        )}
        {user.operator && <NewProject />}
      </Stack>
    </main>
  );
}

function NewProject() {
  const [name, setName] = useState("");
  const [error, setError] = useState<string | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      const { id } = await createProject(name.trim());
      goTo(`/p/${id}`);
    } catch (failure) {
      setError(failure instanceof ApiError ? failure.problem.message : String(failure));
    }
  };
  return (
    <form onSubmit={submit}>
      <Group align="end" wrap="nowrap">
        <TextInput
          label="New project"
          placeholder="Name"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={error}
          maxLength={80}
          flex={1}
        />
        <Button type="submit" leftSection={<Plus size={16} aria-hidden />} disabled={name.trim() === ""}>
          Create
        </Button>
      </Group>
    </form>
  );
}
