import { Tooltip } from "@mantine/core";
import { Check, CloudOff, Eye, Hourglass, LoaderCircle, TriangleAlert, WifiOff } from "lucide-react";
import { useEffect, useState } from "react";
import { throttled } from "../reactive/use-signal";
import { describeStatus, STALLED_LABEL, type StatusText } from "../sync/status";
import { useEditor } from "./editor-context";

const ICONS = {
  good: Check,
  busy: LoaderCircle,
  waiting: WifiOff,
  bad: TriangleAlert,
  quiet: Eye,
} satisfies Record<StatusText["tone"], unknown>;

/** Where the tone does not tell enough. */
const OWN_ICONS: Partial<Record<string, typeof Check>> = {
  Offline: CloudOff,
  [STALLED_LABEL]: Hourglass,
};

const REFRESH_MS = 150;

/** Whether one's work is safe, and the connection. */
export function StatusBadge() {
  const { sync } = useEditor();
  const [state, setState] = useState(sync.state.value);
  useEffect(() => {
    // Saving and Saved follow each other many times a second while something is dragged.
    const slowly = throttled(() => setState(sync.state.value), REFRESH_MS);
    slowly.call();
    const end = sync.state.subscribe(slowly.call);
    return () => {
      end();
      slowly.stop();
    };
  }, [sync]);
  const { tone, label, detail } = describeStatus(state);
  const Icon = OWN_ICONS[label] ?? ICONS[tone];
  return (
    // On a phone there is no room for the label, and no pointer that could rest on it.
    <Tooltip
      label={`${label}. ${detail}`}
      multiline
      maw={280}
      events={{ hover: true, focus: true, touch: true }}
    >
      <span className="cc-status" data-tone={tone} role="status" aria-label={`${label}. ${detail}`}>
        <Icon size={14} aria-hidden className={tone === "busy" ? "cc-spin" : undefined} />
        <span className="cc-status-label">{label}</span>
      </span>
    </Tooltip>
  );
}
