/** What lies above the shapes: the selection with its handles, and the others' cursors and selections. */

import type { HandleName, OverlayModel, TurnedBox } from "../engine/types";
import type { ResizePolicy } from "../plugins/types";
import type { SessionInfo } from "../sync/protocol";
import type { Editor } from "./editor";
import { personColor } from "./person-color";

const CORNERS: HandleName[] = ["nw", "ne", "se", "sw"];
const EDGES: HandleName[] = ["n", "e", "s", "w"];

const HANDLES: Record<ResizePolicy, readonly HandleName[]> = {
  free: [...CORNERS, ...EDGES, "rotate"],
  "keep-aspect": [...CORNERS, "rotate"],
  "width-only": ["e", "w", "rotate"],
  fixed: ["rotate"],
};

export function composeOverlay(editor: Editor): OverlayModel {
  const others = editor.sync.people.others.value;
  const model: OverlayModel = {
    selected: editor.selection.value,
    hovered: editor.hovered.value,
    box: selectionBox(editor),
    marquee: editor.marquee.value,
    cursors: others.flatMap((info) => cursor(info)),
    remoteSelections: others.flatMap((info) => remoteSelection(info)),
  };
  return { ...model, ...editor.tools.current.value.overlay?.() };
}

/** The box around the selection: turned with a single shape, upright around several. */
export function selectionFrame(editor: Editor): TurnedBox | null {
  const ids = editor.selection.value;
  const [only] = ids;
  if (only === undefined) return null;
  if (ids.length === 1) return editor.engine.boxOf(only);
  const rect = editor.engine.boundsOf(ids);
  return rect && { rect, rotation: 0 };
}

function selectionBox(editor: Editor): OverlayModel["box"] {
  const frame = selectionFrame(editor);
  if (!frame || editor.editingLabel.value !== null || editor.tools.current.value.hidesHandles) return null;
  return { ...frame, handles: handlesFor(editor) };
}

function handlesFor(editor: Editor): readonly HandleName[] {
  const movable = editor.movableSelection();
  const [first] = movable;
  if (!first) return [];
  if (movable.length === 1 && editor.selection.value.length === 1)
    return HANDLES[resizePolicy(editor, first.type)];
  const keep = movable.some((shape) => resizePolicy(editor, shape.type) !== "free");
  return keep ? HANDLES["keep-aspect"] : HANDLES.free;
}

/** A type that no plugin describes may be resized freely (P3). */
export function resizePolicy(editor: Editor, type: string): ResizePolicy {
  return editor.catalog.get(type)?.resize ?? "free";
}

function cursor({ session, name, hue, cursor: at }: SessionInfo) {
  return at ? [{ id: session, at: { x: at[0], y: at[1] }, name, color: personColor(hue) }] : [];
}

function remoteSelection({ name, hue, selection }: SessionInfo) {
  return selection && selection.length > 0 ? [{ ids: selection, name, color: personColor(hue) }] : [];
}
