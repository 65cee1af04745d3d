import { Tooltip, UnstyledButton } from "@mantine/core";
import { useEditor } from "../editor-context";

interface Swatch {
  value: string;
  label: string;
}

/** Names that follow the theme of whoever looks. */
const THEMED: readonly Swatch[] = [
  { value: "ink", label: "Ink" },
  { value: "muted", label: "Muted" },
  { value: "accent", label: "Accent" },
  { value: "paper", label: "Paper" },
];

const PALETTE: readonly Swatch[] = [
  { value: "#e03131", label: "Red" },
  { value: "#f08c00", label: "Orange" },
  { value: "#2f9e44", label: "Green" },
  { value: "#1971c2", label: "Blue" },
  { value: "#9c36b5", label: "Purple" },
];

/** Soft fills that suit light and dark alike, the first being what new shapes have. */
const SOFT: readonly Swatch[] = [
  { value: "#4c6ef526", label: "Soft accent" },
  { value: "#e0313133", label: "Soft red" },
  { value: "#f08c0033", label: "Soft orange" },
  { value: "#2f9e4433", label: "Soft green" },
  { value: "#1971c233", label: "Soft blue" },
  { value: "#9c36b533", label: "Soft purple" },
];

interface ColorFieldProps {
  title: string;
  /** Undefined: the shapes differ. */
  value: string | undefined;
  /** Whether there may be no colour at all; that is so for fills and lines. */
  none: boolean;
  /** Whether see-through colours are offered. */
  soft: boolean;
  onValue: (value: string) => void;
}

export function ColorField({ title, value, none, soft, onValue }: ColorFieldProps) {
  const { editor } = useEditor();
  const swatches = [
    ...(none ? [{ value: "none", label: "None" }] : []),
    ...THEMED,
    ...PALETTE,
    ...(soft ? SOFT : []),
  ];
  const isCustom = value !== undefined && !swatches.some((swatch) => swatch.value === value);
  return (
    <fieldset className="cc-fieldset" aria-label={title}>
      <div className="cc-field-label">{title}</div>
      <div className="cc-swatches">
        {swatches.map((swatch) => (
          <Tooltip key={swatch.value} label={swatch.label}>
            <UnstyledButton
              className="cc-swatch"
              aria-label={`${title}: ${swatch.label}`}
              aria-pressed={swatch.value === value}
              data-none={swatch.value === "none" || undefined}
              style={{ "--swatch": css(swatch.value) } as React.CSSProperties}
              onClick={() => onValue(swatch.value)}
            />
          </Tooltip>
        ))}
        <Tooltip label="Another colour">
          <label className="cc-swatch cc-swatch-custom" data-chosen={isCustom || undefined}>
            <input
              type="color"
              aria-label={`${title}: another colour`}
              value={isCustom ? value.slice(0, 7) : "#4c6ef5"}
              onFocus={() => editor.history.begin()}
              onBlur={() => editor.history.complete()}
              onChange={(event) => {
                // An undo meanwhile has ended the gesture.
                if (editor.history.gesture === null) editor.history.begin();
                onValue(event.currentTarget.value);
              }}
            />
          </label>
        </Tooltip>
      </div>
    </fieldset>
  );
}

function css(value: string): string {
  if (value === "none") return "transparent";
  return value.startsWith("#") ? value : `var(--cc-${value})`;
}
