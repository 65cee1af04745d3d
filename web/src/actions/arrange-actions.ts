import { makeRoom } from "../document/order-room";
import { isLocked, type Operation, type Shape, UNREADABLE_TYPE } from "../document/shape";
import type { Editor } from "../editor/editor";
import { sayLeftOut } from "../editor/left-out";
import type { Action, ActionContext } from "./action";

type Destination = "front" | "forward" | "backward" | "back";

const mayArrange = ({ editor }: ActionContext) => editor.movableSelection().length > 0;

function order(id: string, label: string, shortcut: string, destination: Destination): Action {
  return {
    id,
    label,
    group: "Arrange",
    shortcuts: [shortcut],
    enabled: mayArrange,
    run: ({ editor }) => reorder(editor, destination),
  };
}

export const ARRANGE_ACTIONS: readonly Action[] = [
  order("arrange.front", "Bring to front", "shift+]", "front"),
  order("arrange.forward", "Bring forward", "]", "forward"),
  order("arrange.backward", "Send backward", "[", "backward"),
  order("arrange.back", "Send to back", "shift+[", "back"),
  {
    id: "arrange.lock",
    label: "Lock",
    group: "Arrange",
    shortcuts: ["mod+l"],
    enabled: mayArrange,
    run: ({ editor }) => setLocked(editor, true),
  },
  {
    id: "arrange.unlock",
    label: "Unlock",
    group: "Arrange",
    shortcuts: ["mod+shift+l"],
    enabled: ({ editor }) => editor.mayEdit && editor.selectedShapes().some(isLocked),
    run: ({ editor }) => setLocked(editor, false),
  },
];

function setLocked(editor: Editor, locked: boolean): void {
  const selected = editor.selectedShapes();
  const readable = selected.filter(({ type }) => type !== UNREADABLE_TYPE);
  const what = locked ? "not locked" : "not unlocked";
  sayLeftOut(
    editor,
    selected.length - readable.length,
    what,
    "Records that cannot be read can only be deleted.",
  );
  const shapes = readable.filter((shape) => shape.locked !== locked);
  editor.edit(shapes.map(({ id }) => ({ patch: { id, locked } })));
}

/** Gives the selected shapes new order keys; others only where there is no room between their own. */
function reorder(editor: Editor, destination: Destination): void {
  const selected = editor.movableSelection();
  const parents = new Set(selected.map(({ parent }) => parent));
  editor.edit(
    [...parents].flatMap((parent) => reordered(editor, editor.siblings(parent), selected, destination)),
  );
}

function reordered(
  editor: Editor,
  siblings: Shape[],
  selected: readonly Shape[],
  destination: Destination,
): Operation[] {
  const ids = new Set(selected.map(({ id }) => id));
  const moving = siblings.filter(({ id }) => ids.has(id));
  const staying = siblings.filter(({ id }) => !ids.has(id));
  const place = newPlace(siblings, staying, ids, destination);
  const unchanged = [...staying.slice(0, place), ...moving, ...staying.slice(place)];
  if (unchanged.every(({ id }, at) => id === siblings[at]?.id)) return [];
  const made = makeRoom(staying, place, moving.length, (shape) => editor.mayChange(shape));
  if (!made) return [];
  return [
    ...made.room,
    ...moving.map(({ id, index }, at) => ({ patch: { id, index: made.keys[at] ?? index } })),
  ];
}

/** How many of those that stay end up below those that move. */
function newPlace(
  all: Shape[],
  staying: Shape[],
  ids: ReadonlySet<string>,
  destination: Destination,
): number {
  const below = (shape: Shape | undefined) => (shape ? staying.indexOf(shape) : -1);
  switch (destination) {
    case "front":
      return staying.length;
    case "back":
      return 0;
    case "forward": {
      const top = all.findLastIndex(({ id }) => ids.has(id));
      const next = all.slice(top + 1).find(({ id }) => !ids.has(id));
      return next ? below(next) + 1 : staying.length;
    }
    case "backward": {
      const bottom = all.findIndex(({ id }) => ids.has(id));
      const next = all.slice(0, bottom).findLast(({ id }) => !ids.has(id));
      return next ? below(next) : 0;
    }
  }
}
