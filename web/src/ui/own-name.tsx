import { useSignal } from "../reactive/use-signal";
import { useEditor } from "./editor-context";
import { NameDialog } from "./name-dialog";

/** Changing one's name from within a project. The room tells everybody, this browser too. */
export function OwnName() {
  const { sync, ui } = useEditor();
  const open = useSignal(ui.dialog) === "name";
  const self = useSignal(sync.people.self);
  return <NameDialog opened={open} name={self?.name ?? ""} close={() => ui.close()} />;
}
