import { Slider } from "@mantine/core";
import type { Patch, Shape } from "../../document/shape";
import { fitToText } from "../../editor/text-fit";
import { useEditor } from "../editor-context";
import { NumberField } from "./number-field";
import { shared } from "./shared-value";

const DEGREES = 180 / Math.PI;

/** Place, size, rotation and opacity: what every shape has. */
export function GeometryFields({ shapes }: { shapes: readonly Shape[] }) {
  const { editor } = useEditor();
  const set = (patch: Omit<Patch, "id">) =>
    editor.edit(
      shapes.filter((shape) => editor.mayChange(shape)).map(({ id }) => ({ patch: { id, ...patch } })),
    );
  const opacity = shared(shapes, (shape) => shape.opacity);
  return (
    <div className="cc-fields">
      <div className="cc-field-label" id="opacity-label">
        Opacity
      </div>
      <Slider
        size="sm"
        aria-labelledby="opacity-label"
        thumbLabel="Opacity"
        min={0}
        max={100}
        label={(value) => `${value} %`}
        value={Math.round((opacity ?? 1) * 100)}
        onChange={(value) => {
          if (editor.history.gesture === null) editor.history.begin();
          set({ opacity: value / 100 });
        }}
        onChangeEnd={() => editor.history.complete()}
      />
      {shapes.length === 1 && <Placement shapes={shapes} set={set} />}
    </div>
  );
}

function Placement({ shapes, set }: { shapes: readonly Shape[]; set: (patch: Omit<Patch, "id">) => void }) {
  const { editor } = useEditor();
  const [shape] = shapes;
  const choose = (width: number) => {
    const prop = shape && editor.catalog.of(shape)?.widthChosen;
    set({ width, ...(prop != null && { props: { [prop]: true } }) });
    if (shape) editor.edit(fitToText(editor, shape.id));
  };
  const round = (value: number | undefined) => value && Math.round(value * 100) / 100;
  const of = (pick: (shape: Shape) => number) => round(shared(shapes, pick));
  return (
    <div className="cc-grid">
      <NumberField label="X" value={of(({ x }) => x)} onNumber={(x) => set({ x })} />
      <NumberField label="Y" value={of(({ y }) => y)} onNumber={(y) => set({ y })} />
      <NumberField label="Width" min={0} value={of(({ width }) => width)} onNumber={choose} />
      <NumberField
        label="Height"
        min={0}
        value={of(({ height }) => height)}
        onNumber={(height) => set({ height })}
      />
      <NumberField
        label="Rotation"
        suffix="°"
        value={of(({ rotation }) => rotation * DEGREES)}
        onNumber={(degrees) => set({ rotation: degrees / DEGREES })}
      />
    </div>
  );
}
