import { SegmentedControl, Select, Switch, Textarea } from "@mantine/core";
import type { Shape } from "../../document/shape";
import type { PropSchema } from "../../editor/shape-catalog";
import type { Json } from "../../engine/types";
import { useEditor } from "../editor-context";
import { ColorField } from "./color-field";
import { NumberField } from "./number-field";
import { shared } from "./shared-value";

/** More words than these do not fit beside each other. */
const SEGMENTS = 4;

/** A colour with an alpha part. */
const SEE_THROUGH = /^#[0-9a-f]{8}$/i;

/** Fields for the props that all selected shapes have, made from their types' JSON Schemas. */
export function PropFields({ shapes }: { shapes: readonly Shape[] }) {
  const { editor } = useEditor();
  const schemas = shapes.map((shape) => editor.catalog.of(shape)?.props ?? {});
  const [first = {}, ...rest] = schemas;
  const common = Object.entries(first).filter(([name, schema]) =>
    rest.every((other) => alike(schema, other[name])),
  );
  if (common.length === 0) return null;
  const defaults = editor.catalog.get(shapes[0]?.type ?? "")?.defaultProps ?? {};
  return (
    <div className="cc-fields">
      {common.map(([name, schema]) => (
        <PropField
          key={name}
          name={name}
          schema={schema}
          soft={SEE_THROUGH.test(String(defaults[name]))}
          value={shared(shapes, ({ props }) => props[name])}
          onValue={(value) => editor.setProps({ [name]: value })}
        />
      ))}
    </div>
  );
}

interface PropFieldProps {
  name: string;
  schema: PropSchema;
  /** Undefined: the shapes differ. */
  value: Json | undefined;
  /** Whether new shapes have a see-through colour here. */
  soft: boolean;
  onValue: (value: Json) => void;
}

function PropField({ name, schema, value, soft, onValue }: PropFieldProps) {
  const title = schema.title ?? words(name);
  const kind = kindOf(schema);
  switch (kind) {
    case "color":
      return (
        <ColorField
          title={title}
          value={typeof value === "string" ? value : undefined}
          soft={soft}
          none={Array.isArray(schema.examples) && schema.examples.includes("none")}
          onValue={onValue}
        />
      );
    case "choice":
      return <Choice title={title} schema={schema} value={value} onValue={onValue} />;
    case "boolean":
      return (
        <Switch
          size="xs"
          label={title}
          labelPosition="left"
          className="cc-switch"
          checked={value === true}
          onChange={(event) => onValue(event.currentTarget.checked)}
        />
      );
    case "number":
      return (
        <NumberField
          label={title}
          description={schema.description}
          value={typeof value === "number" ? value : undefined}
          min={schema.minimum}
          max={schema.maximum}
          step={schema.multipleOf ?? 1}
          clampBehavior="blur"
          hideControls={false}
          onNumber={(next) => onValue(clamped(next, schema))}
        />
      );
    case "text":
      return <TextField title={title} schema={schema} value={value} onValue={onValue} />;
    case null:
      return null;
  }
}

type FieldProps = Omit<PropFieldProps, "name" | "soft"> & { title: string };

function Choice({ title, schema, value, onValue }: FieldProps) {
  const options = (schema.enum ?? []).map((option) => ({
    value: String(option),
    label: words(String(option)),
  }));
  const choose = (chosen: string | null) => {
    const option = schema.enum?.find((candidate) => String(candidate) === chosen);
    if (option !== undefined) onValue(option);
  };
  const current = value === undefined ? "" : String(value);
  if (options.length > SEGMENTS) {
    return (
      <Select
        size="xs"
        label={title}
        data={options}
        value={current}
        onChange={choose}
        allowDeselect={false}
        attributes={{ option: { "data-returns-focus": true } }}
      />
    );
  }
  return (
    <div>
      <div className="cc-field-label">{title}</div>
      <SegmentedControl
        size="xs"
        fullWidth
        aria-label={title}
        data={options}
        value={current}
        onChange={choose}
      />
    </div>
  );
}

function TextField({ title, schema, value, onValue }: FieldProps) {
  const { editor } = useEditor();
  return (
    <Textarea
      size="xs"
      label={title}
      autosize
      maxRows={5}
      maxLength={schema.maxLength}
      value={typeof value === "string" ? value : ""}
      placeholder={value === undefined ? "Mixed" : undefined}
      onFocus={() => editor.history.begin()}
      onBlur={() => editor.history.complete()}
      onChange={(event) => onValue(event.currentTarget.value)}
    />
  );
}

type Kind = "color" | "choice" | "boolean" | "number" | "text" | null;

/** Which field shows a prop; null: none, for lists, objects and references to other shapes. */
function kindOf(schema: PropSchema): Kind {
  if (schema.format === "color") return "color";
  if (schema.enum) return "choice";
  switch (schema.type) {
    case "boolean":
      return "boolean";
    case "number":
    case "integer":
      return "number";
    case "string":
      return "text";
    default:
      return null;
  }
}

/** Whether one field can stand for both. Nobody gives several shapes the same text. */
function alike(a: PropSchema, b: PropSchema | undefined): boolean {
  if (kindOf(a) === "text") return false;
  return b !== undefined && kindOf(a) === kindOf(b) && JSON.stringify(a.enum) === JSON.stringify(b.enum);
}

function clamped(value: number, { minimum = -Infinity, maximum = Infinity, multipleOf }: PropSchema): number {
  const stepped = multipleOf ? Math.round(value / multipleOf) * multipleOf : value;
  return Math.min(maximum, Math.max(minimum, stepped));
}

/** `corner_radius` as people write it. */
function words(name: string): string {
  const text = name.replace(/[_-]+/g, " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
