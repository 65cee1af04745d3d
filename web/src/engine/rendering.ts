/** Fetches pictures for what the scene wants, in batches, and brings them in. */

import type { Content } from "./contents";
import { displayListFault, Picture } from "./picture";
import type { Answer, Scene } from "./scene";
import type { RenderAnswer, RenderSource } from "./types";

/**
 * Shapes in one request: large enough that the plugins go on working while the page's own thread is busy, small enough
 * that the first pictures come soon.
 */
const BATCH = 4000;
/** Requests under way at once: one being drawn, one on its way. */
const MOST_UNDER_WAY = 2;

function read(content: Content, answer: RenderAnswer | undefined): Answer {
  if (answer === undefined)
    return { content, picture: null, problem: "The plugin gave no answer for this shape." };
  if ("problem" in answer) return { content, picture: null, problem: answer.problem };
  const fault = displayListFault(answer.ok);
  if (fault !== null)
    return { content, picture: null, problem: `The plugin drew something unreadable: ${fault}.` };
  return { content, picture: new Picture(answer.ok), problem: null };
}

export class Rendering {
  private underWay = 0;
  private stopped = false;
  private readonly unsubscribe: () => void;

  /** `changed` is called whenever pictures came in or were given up. */
  constructor(
    private readonly scene: Scene,
    private readonly source: RenderSource,
    private readonly changed: () => void,
  ) {
    this.unsubscribe = source.onChange((types) => {
      scene.invalidate(types);
      changed();
    });
  }

  /** Whether pictures are still awaited. */
  get pending(): boolean {
    return this.underWay > 0 || this.scene.contents.hasWanted;
  }

  /** Asks for what is wanted. Call it once a frame: what changes several times within one is asked for once. */
  pump(): void {
    while (this.underWay < MOST_UNDER_WAY && this.scene.contents.hasWanted) {
      const { known, unknown } = this.sort(this.scene.contents.takeWanted(BATCH));
      if (unknown.length > 0) {
        this.scene.answer(unknown);
        this.changed();
      }
      if (known.length > 0) void this.fetch(known);
    }
  }

  stop(): void {
    this.stopped = true;
    this.unsubscribe();
  }

  private sort(contents: Content[]): { known: Content[]; unknown: Answer[] } {
    const known: Content[] = [];
    const unknown: Answer[] = [];
    for (const content of contents) {
      const { type } = content.request;
      if (this.source.references(type) !== null) known.push(content);
      else unknown.push({ content, picture: null, problem: `No plugin here draws “${type}”.` });
    }
    return { known, unknown };
  }

  private async fetch(contents: Content[]): Promise<void> {
    this.underWay++;
    let answers: readonly RenderAnswer[];
    try {
      answers = await this.source.render(contents.map((content) => content.request));
    } catch (error) {
      const problem = `The shape could not be drawn: ${error instanceof Error ? error.message : String(error)}`;
      answers = contents.map(() => ({ problem }));
    }
    this.underWay--;
    if (this.stopped) return;
    this.scene.answer(contents.map((content, i) => read(content, answers[i])));
    this.pump();
    this.changed();
  }
}
