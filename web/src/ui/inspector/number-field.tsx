import { NumberInput, type NumberInputProps } from "@mantine/core";
import { useEditor } from "../editor-context";

interface NumberFieldProps extends Omit<NumberInputProps, "value" | "onChange"> {
  /** Undefined: the shapes differ. */
  value: number | undefined;
  onNumber: (value: number) => void;
}

/** A number that applies while it is typed. All changes from focus to blur are one step of undo. */
export function NumberField({ value, onNumber, ...props }: NumberFieldProps) {
  const { editor } = useEditor();
  return (
    <NumberInput
      size="xs"
      decimalScale={2}
      value={value ?? ""}
      placeholder={value === undefined ? "Mixed" : undefined}
      hideControls
      stepHoldDelay={400}
      stepHoldInterval={60}
      onFocus={() => editor.history.begin()}
      onBlur={() => editor.history.complete()}
      onChange={(next) => {
        if (typeof next === "number" && Number.isFinite(next) && next !== value) onNumber(next);
      }}
      {...props}
    />
  );
}
