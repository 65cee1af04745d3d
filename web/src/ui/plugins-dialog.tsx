import { Badge, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { messageOf } from "../api/http";
import { project as loadProject, releasePlugin } from "../api/server";
import type { ProjectPlugin } from "../editor/shape-catalog";
import { useSignal } from "../reactive/use-signal";
import { useEditor, useRole } from "./editor-context";

const STATES: Record<ProjectPlugin["state"], { label: string; color: string }> = {
  ok: { label: "Enabled", color: "gray" },
  quarantined: { label: "Quarantined", color: "orange" },
  missing: { label: "Missing", color: "red" },
};

/** The project's plugins and how they fare. */
export function PluginsDialog() {
  const { editor, ui } = useEditor();
  const open = useSignal(ui.dialog) === "plugins";
  const plugins = useSignal(editor.catalog.plugins);
  return (
    <Modal opened={open} onClose={() => ui.close()} title="Plugins of this project" size="md">
      <Stack>
        {plugins.map((plugin) => (
          <PluginRow key={plugin.name} plugin={plugin} />
        ))}
      </Stack>
    </Modal>
  );
}

function PluginRow({ plugin }: { plugin: ProjectPlugin }) {
  const { project } = useEditor();
  const role = useRole();
  const [error, setError] = useState<string | null>(null);
  const { label, color } = STATES[plugin.state];
  const release = async () => {
    try {
      await releasePlugin(project.value.id, plugin.name);
      project.value = await loadProject(project.value.id);
    } catch (failure) {
      setError(messageOf(failure));
    }
  };
  return (
    <div>
      <Group justify="space-between" wrap="nowrap">
        <Text fw={500}>
          {plugin.name}{" "}
          <Text span c="dimmed" size="sm">
            {plugin.version}
          </Text>
        </Text>
        <Badge variant="light" color={color} tt="none" fw={500}>
          {label}
        </Badge>
      </Group>
      <Text size="sm" c="dimmed">
        {plugin.reason ?? plugin.description}
      </Text>
      {plugin.state === "quarantined" && role === "owner" && (
        <Button size="compact-sm" variant="default" mt="xs" onClick={() => void release()}>
          Use it again
        </Button>
      )}
      {error && (
        <p className="cc-error" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}
