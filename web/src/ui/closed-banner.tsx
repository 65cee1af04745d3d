import { Button, Group } from "@mantine/core";
import { goTo } from "../pages/route";
import { useDerived } from "../reactive/use-signal";
import { useEditor } from "./editor-context";

/** Says that the session has ended for good, why, and what to do. What is shown stays to be looked at. */
export function ClosedBanner() {
  const { sync } = useEditor();
  const phase = useDerived(sync.state, (state) => state.phase);
  const problem = useDerived(sync.state, (state) => state.problem);
  if (phase !== "closed") return null;
  return (
    <div className="cc-card cc-banner" role="alert">
      <p>{problem?.message ?? "The session has ended."}</p>
      <Group gap="xs" wrap="nowrap">
        <Button size="compact-sm" variant="default" onClick={() => goTo("/")}>
          Your projects
        </Button>
        <Button size="compact-sm" onClick={() => location.reload()}>
          Open again
        </Button>
      </Group>
    </div>
  );
}
