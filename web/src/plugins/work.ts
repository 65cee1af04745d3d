/** Doing one piece of work in the worker: the plugin is called chunk by chunk, and what it breaks is found and named. */

import type { Geometry } from "../engine/types";
import { AnswerWriter } from "./codec";
import type { Guest } from "./guest";
import type {
  GuestDisplayList,
  GuestGeometry,
  GuestNormalForm,
  GuestProblem,
  GuestResult,
  GuestShapeInput,
} from "./guest-types";
import type { Encoded, ShapeColumns, WorkKind } from "./protocol";

/** The columns as the plugin wants them: one record a shape. */
export function shapeInputs(shapes: ShapeColumns): GuestShapeInput[] {
  const inputs = shapes.types.map(
    (type, i): GuestShapeInput => ({
      type,
      width: shapes.sizes[2 * i] ?? 0,
      height: shapes.sizes[2 * i + 1] ?? 0,
      props: shapes.props[i] ?? "{}",
      references: [],
    }),
  );
  for (const [place, references] of shapes.references) {
    const input = inputs[place];
    if (input === undefined) continue;
    input.references = references.map(({ prop, id, geometry }) =>
      geometry === null ? { prop, id } : { prop, id, geometry: guestGeometry(geometry) },
    );
  }
  return inputs;
}

function guestGeometry({ box, rotation, outline, anchors }: Geometry): GuestGeometry {
  return {
    box,
    rotation,
    ...(outline && { outline: { tag: "flat", val: outline } }),
    anchors: anchors.map(({ name, at, direction }) => ({
      name,
      at,
      ...(direction !== null && { direction }),
    })),
  };
}

type Answer = GuestResult<GuestNormalForm> | GuestResult<GuestDisplayList>;

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export class Work {
  private readonly writer = new AnswerWriter();
  readonly faults: string[] = [];

  constructor(
    private readonly guest: Guest,
    private readonly kind: WorkKind,
  ) {}

  /** Answers all shapes. `starting(done)` is called before each call of the plugin. */
  async run(
    inputs: readonly GuestShapeInput[],
    chunk: number,
    starting: (done: number) => void,
  ): Promise<Encoded> {
    for (let from = 0; from < inputs.length; from += chunk) {
      starting(from);
      await this.runChunk(inputs.slice(from, from + chunk));
    }
    return this.writer.finish();
  }

  private async runChunk(inputs: GuestShapeInput[]): Promise<void> {
    const answers = await this.call(inputs);
    if (!(answers instanceof Error)) {
      for (const answer of answers) this.write(answer);
      return;
    }
    if (inputs.length === 1) {
      this.writer.problem("plugin-fault", `The plugin broke on this shape: ${answers.message}`, undefined);
      return;
    }
    // One of them breaks the plugin; the others shall not suffer for it.
    for (const input of inputs) await this.runChunk([input]);
  }

  /** Calls the plugin; an error means that it broke (and its instance is given up). */
  private async call(inputs: GuestShapeInput[]): Promise<Answer[] | Error> {
    const shapes = await this.guest.instance();
    this.guest.startCall();
    try {
      const answers: Answer[] = this.kind === "render" ? shapes.render(inputs) : shapes.validate(inputs);
      if (answers.length === inputs.length) return answers;
      throw new Error(`it gave ${answers.length} answers for ${inputs.length} shapes`);
    } catch (error) {
      this.guest.discard();
      // The chunk is called again shape by shape: counting both would blame the plugin twice.
      if (inputs.length === 1) this.faults.push(reason(error));
      return new Error(reason(error));
    }
  }

  private write(answer: Answer): void {
    if (answer.tag === "err") {
      const { code, message, path }: GuestProblem = answer.val;
      this.writer.problem(code, message, path);
    } else this.writeAnswer(answer.val);
  }

  private writeAnswer(value: GuestNormalForm | GuestDisplayList): void {
    try {
      if (this.kind === "render") this.writer.displayList(value as GuestDisplayList);
      else this.writer.normalForm(value as GuestNormalForm);
    } catch (error) {
      const [what, did] = this.kind === "render" ? ["picture", "drew"] : ["normal form", "answered"];
      this.faults.push(`malformed ${what}: ${reason(error)}`);
      this.writer.problem(
        "plugin-fault",
        `The plugin ${did} something unreadable: ${reason(error)}.`,
        undefined,
      );
    }
  }
}
