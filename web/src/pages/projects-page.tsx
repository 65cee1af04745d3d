import { Badge, Button, Group, Stack, Text, TextInput, Title, UnstyledButton } from "@mantine/core";
import { ArrowRight, Plus } from "lucide-react";
import { type FormEvent, useCallback, useEffect, useState } from "react";
import { ApiError, messageOf } from "../api/http";
import { isName, nameProblem } from "../api/name-rule";
import { createProject, me, type ProjectSummary, type User } from "../api/server";
import { Logo } from "../ui/logo";
import { AccountMenu } from "./account-menu";
import { MessagePage } from "./message-page";
import { goTo } from "./route";

/** The projects of whoever is signed in. */
export function ProjectsPage() {
  const [data, setData] = useState<{ user: User; projects: ProjectSummary[] } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const load = useCallback(() => {
    setError(null);
    me().then(setData, setError);
  }, []);
  useEffect(load, [load]);

  if (error instanceof ApiError && error.status === 401) {
    return (
      <MessagePage
        title="You are not signed in"
        message="Open the link that the server printed when it started, or an invitation that somebody sent you."
      />
    );
  }
  if (error !== null) {
    return (
      <MessagePage title="The projects could not be loaded" message={messageOf(error)}>
        <Button onClick={load}>Try again</Button>
      </MessagePage>
    );
  }
  if (!data) return <MessagePage title="Loading your projects" busy />;
  const renamed = (name: string) => setData({ ...data, user: { ...data.user, name } });
  return <ProjectList user={data.user} projects={data.projects} onRenamed={renamed} />;
}

interface ProjectListProps {
  user: User;
  projects: ProjectSummary[];
  onRenamed: (name: string) => void;
}

function ProjectList({ user, projects, onRenamed }: ProjectListProps) {
  return (
    <main className="cc-page">
      <Stack maw={640} mx="auto" gap="lg" w="100%">
        <Group justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Logo size={28} />
            <Text fw={600}>CollabCanvas</Text>
          </Group>
          <AccountMenu name={user.name} onRenamed={onRenamed} />
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
                  <Badge variant="outline" color="gray" tt="none" fw={500}>
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
      setError(messageOf(failure));
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
          error={nameProblem(name) ?? error}
          flex={1}
        />
        <Button type="submit" leftSection={<Plus size={16} aria-hidden />} disabled={!isName(name)}>
          Create
        </Button>
      </Group>
    </form>
  );
}
