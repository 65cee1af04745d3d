import { VisuallyHidden } from "@mantine/core";
import { describeSelection } from "../editor/step-selection";
import { useSignal } from "../reactive/use-signal";
import { useEditor } from "./editor-context";

/** Says what is selected to those who cannot see it. */
export function SelectionStatus() {
  const { editor } = useEditor();
  useSignal(editor.selection);
  return <VisuallyHidden role="status">{describeSelection(editor)}</VisuallyHidden>;
}
