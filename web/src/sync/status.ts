/** What the interface says about the connection and about whether the work is safe. */

import type { Away } from "./connection";
import type { Problem, Role } from "./protocol";

export type Phase = "connecting" | "online" | Away | "closed";

export interface SyncState {
  phase: Phase;
  /** Whether there is a canvas to show. */
  loaded: boolean;
  role: Role | null;
  /** This session's id, while there is one. */
  session: string | null;
  /** Own edits that are not durable yet. */
  unsaved: number;
  /** Whether unsaved edits outlive this tab. */
  kept: boolean;
  /** Why the session ended for good. */
  problem: Problem | null;
  /** Edits wait because the server cannot put them in order; none is lost. */
  stalled: boolean;
}

export interface StatusText {
  tone: "good" | "busy" | "waiting" | "bad" | "quiet";
  label: string;
  detail: string;
}

export const STALLED_LABEL = "Waiting for the server";

export function describeStatus(state: SyncState): StatusText {
  const waiting = state.unsaved === 1 ? "1 change waits" : `${state.unsaved} changes wait`;
  const kept = state.kept
    ? "They are kept in this browser, even if you close the tab."
    : "Keep this tab open.";
  const unsent = state.unsaved > 0 ? `${waiting} to be sent. ${kept}` : "You can go on working.";
  switch (state.phase) {
    case "connecting":
      return { tone: "busy", label: "Connecting", detail: "Opening the canvas." };
    case "reconnecting":
      return { tone: "waiting", label: "Reconnecting", detail: `The connection was lost. ${unsent}` };
    case "offline":
      return { tone: "waiting", label: "Offline", detail: `The server cannot be reached. ${unsent}` };
    case "closed":
      return {
        tone: "bad",
        label: "Disconnected",
        detail: state.problem?.message ?? "The session has ended.",
      };
    case "online":
      if (state.stalled) return { tone: "waiting", label: STALLED_LABEL, detail: whileStalled(state) };
      return describeWork(state, waiting);
    case "moving":
      return describeWork(state, waiting);
  }
}

function whileStalled({ role, kept }: SyncState): string {
  if (role === "viewer") return "The server cannot take in changes just now. It goes on by itself.";
  const where = kept ? "in this browser, even if you close the tab" : "as long as this tab is open";
  return `Your changes are kept ${where}. You can go on working; they are stored once the server can.`;
}

/** While the connection is as it should be. */
function describeWork(state: SyncState, waiting: string): StatusText {
  if (state.role === "viewer") {
    return {
      tone: "quiet",
      label: "Viewing only",
      detail: "You can look around; ask an owner to let you edit.",
    };
  }
  return state.unsaved > 0
    ? { tone: "busy", label: "Saving", detail: `${waiting} to be stored safely.` }
    : { tone: "good", label: "Saved", detail: "Everything you did is stored safely." };
}
