import { Tooltip } from "@mantine/core";
import { Check, CloudOff, Eye, LoaderCircle, TriangleAlert, WifiOff } from "lucide-react";
import { useSignal } from "../reactive/use-signal";
import { describeStatus, type StatusText } from "../sync/status";
import { useEditor } from "./editor-context";

const ICONS = {
  good: Check,
  busy: LoaderCircle,
  waiting: WifiOff,
  bad: TriangleAlert,
  quiet: Eye,
} satisfies Record<StatusText["tone"], unknown>;

/** Whether one's work is safe, and the connection. */
export function StatusBadge() {
  const { sync } = useEditor();
  const { tone, label, detail } = describeStatus(useSignal(sync.state));
  const Icon = label === "Offline" ? CloudOff : ICONS[tone];
  return (
    <Tooltip label={detail} multiline maw={280}>
      <span className="cc-status" data-tone={tone} role="status" aria-label={`${label}. ${detail}`}>
        <Icon size={14} aria-hidden className={tone === "busy" ? "cc-spin" : undefined} />
        <span className="cc-status-label">{label}</span>
      </span>
    </Tooltip>
  );
}
