import { ActionIcon, Menu, UnstyledButton } from "@mantine/core";
import { Minus, Plus } from "lucide-react";
import { useCallback, useSyncExternalStore } from "react";
import { useEditor, useRun } from "./editor-context";

export function ZoomControl() {
  const { engine } = useEditor();
  const run = useRun();
  const subscribe = useCallback((listener: () => void) => engine.onCamera(listener), [engine]);
  const percent = useSyncExternalStore(subscribe, () => Math.round(engine.camera.zoom * 100));
  return (
    <div className="cc-card cc-row cc-zoom">
      <ActionIcon aria-label="Zoom out" data-returns-focus onClick={() => run("view.zoom-out")}>
        <Minus size={16} />
      </ActionIcon>
      <Menu position="top" shadow="md">
        <Menu.Target>
          <UnstyledButton className="cc-zoom-value" aria-label={`Zoom, ${percent} %`}>
            {percent} %
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => run("view.fit-all")}>Fit all</Menu.Item>
          <Menu.Item onClick={() => run("view.fit-selection")}>Fit selection</Menu.Item>
          <Menu.Item onClick={() => run("view.zoom-reset")}>100 %</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ActionIcon aria-label="Zoom in" data-returns-focus onClick={() => run("view.zoom-in")}>
        <Plus size={16} />
      </ActionIcon>
    </div>
  );
}
