import { useEffect, useRef } from "react";
import { cssFont } from "../engine";
import type { LabelName, PlacedLabel } from "../engine/types";
import { useSignal } from "../reactive/use-signal";
import { EditingLabel } from "../tools/select/editing-label";
import { useEditor } from "./editor-context";

/** The text field that lies over a shape while its text is edited, in the text's own style. */
export function LabelEditor() {
  const { editor } = useEditor();
  const name = useSignal(editor.editingLabel);
  return name && <LabelField key={JSON.stringify(name)} name={name} />;
}

function LabelField({ name }: { name: LabelName }) {
  const { editor, engine } = useEditor();
  const frame = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    let filled = false;
    // Outside React: the field follows camera and shape in every frame.
    const follow = () => {
      const label = engine.labelArea(name);
      if (!label || !frame.current || !field.current) return;
      if (!filled) fill(field.current, editor.document.get(name.id)?.props[label.prop]);
      filled = true;
      place(frame.current, field.current, label, engine);
    };
    follow();
    return engine.onFrame(follow);
  }, [editor, engine, name]);

  const state = () => {
    const { value } = editor.tools.current;
    return value instanceof EditingLabel && value.id === name.id && value.prop === name.prop ? value : null;
  };
  return (
    <div ref={frame} className="cc-label-frame">
      <textarea
        ref={field}
        className="cc-label"
        aria-label="Text"
        spellCheck={false}
        rows={1}
        onInput={(event) => state()?.write(event.currentTarget.value)}
        onBlur={() => state()?.cancel()}
        onKeyDown={(event) => {
          event.stopPropagation();
          const done = event.key === "Escape" || (event.key === "Enter" && (event.ctrlKey || event.metaKey));
          if (done) state()?.cancel();
        }}
      />
    </div>
  );
}

function fill(field: HTMLTextAreaElement, text: unknown): void {
  field.value = typeof text === "string" ? text : "";
  field.focus({ preventScroll: true });
  field.select();
}

type Camera = {
  camera: { zoom: number };
  canvasToScreen(point: { x: number; y: number }): { x: number; y: number };
};

/** Lays the field over the label's area, and the text where the label draws it. */
function place(frame: HTMLElement, field: HTMLTextAreaElement, label: PlacedLabel, engine: Camera): void {
  const { rect, rotation, style } = label;
  const { zoom } = engine.camera;
  const center = engine.canvasToScreen({ x: rect.x + rect.width / 2, y: rect.y + rect.height / 2 });
  Object.assign(frame.style, {
    width: `${rect.width}px`,
    height: `${rect.height}px`,
    transform: `translate(${center.x}px, ${center.y}px) rotate(${rotation}rad) scale(${zoom}) translate(-50%, -50%)`,
    alignItems: { top: "start", middle: "center", bottom: "end" }[style.verticalAlign],
    justifyContent: style.align === "left" ? "start" : style.align === "right" ? "end" : "center",
  });
  Object.assign(field.style, {
    font: cssFont(style),
    lineHeight: String(style.lineHeight),
    textAlign: style.align,
    color:
      typeof style.color === "string"
        ? `var(--cc-${style.color})`
        : `#${style.color.toString(16).padStart(8, "0")}`,
    whiteSpace: style.wrap ? "pre-wrap" : "pre",
    width: style.wrap ? "100%" : "max-content",
  });
}
