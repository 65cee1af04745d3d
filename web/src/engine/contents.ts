/**
 * Who needs which picture. Shapes that look the same (type, size, props, referred geometry) share one content, so
 * that 10,000 of them cost one call of the plugin and one compiled path.
 */

import type { SceneNode } from "./node";
import { pathDigest } from "./paths";
import type { Picture } from "./picture";
import type { Reference, RenderRequest, Shape } from "./types";

/** What a look is keyed by, and the answer to it once there is one. */
export class Content {
  picture: Picture | null = null;
  /** Why there is no picture; null while it is awaited and when there is one. */
  problem: string | null = null;
  /** `idle`: nobody wanted it any more before it was asked for. */
  state: "wanted" | "asked" | "answered" | "idle" = "idle";
  readonly users = new Set<SceneNode>();

  constructor(
    readonly key: string,
    readonly request: RenderRequest,
  ) {}

  answer(picture: Picture | null, problem: string | null): void {
    this.picture = picture;
    this.problem = problem;
    this.state = "answered";
  }
}

/** How many contents that nobody uses are kept: undo, hover and repeated drags come back to them. */
const UNUSED_KEPT = 2000;

const propsKeys = new WeakMap<Shape["props"], string>();

function propsKey(props: Shape["props"]): string {
  let key = propsKeys.get(props);
  if (key === undefined) {
    key = JSON.stringify(props);
    propsKeys.set(props, key);
  }
  return key;
}

function referenceKey(references: readonly Reference[]): string {
  // Outlines may be long, and thousands of keys are kept.
  const short = (_: string, value: unknown) => (value instanceof Float64Array ? pathDigest(value) : value);
  return references.length === 0 ? "" : JSON.stringify(references, short);
}

/** The key of a shape's look. Position, rotation, order and opacity are not in it: they do not change the picture. */
export function contentKey(shape: Shape, references: readonly Reference[]): string {
  const size = `${shape.width}\n${shape.height}`;
  return `${shape.type}\n${shape.version}\n${size}\n${propsKey(shape.props)}\n${referenceKey(references)}`;
}

export class Contents {
  private readonly byKey = new Map<string, Content>();
  private readonly unused = new Set<Content>();
  private readonly wanted = new Set<Content>();

  /** Lets a node use the content of its present look; it is asked for if nobody has yet. */
  assign(node: SceneNode, references: readonly Reference[]): Content {
    const key = contentKey(node.shape, references);
    if (node.content?.key === key) return node.content;
    this.release(node);
    const content = this.byKey.get(key) ?? this.create(key, node.shape, references);
    content.users.add(node);
    this.unused.delete(content);
    if (content.state === "idle") this.want(content);
    node.content = content;
    return content;
  }

  release(node: SceneNode): void {
    const { content } = node;
    if (content === null) return;
    node.content = null;
    content.users.delete(node);
    if (content.users.size > 0) return;
    this.unused.add(content);
    if (this.unused.size > UNUSED_KEPT) this.forgetOldest();
  }

  /** Takes the contents that somebody still wants and nobody asked the plugins for, at most so many. */
  takeWanted(limit: number): Content[] {
    const taken: Content[] = [];
    for (const content of this.wanted) {
      if (taken.length === limit) break;
      this.wanted.delete(content);
      if (content.users.size === 0) content.state = "idle";
      else {
        content.state = "asked";
        taken.push(content);
      }
    }
    return taken;
  }

  get hasWanted(): boolean {
    return this.wanted.size > 0;
  }

  /** Forgets the answers for these shape types and asks again for what is in use. */
  invalidate(types: ReadonlySet<string> | "all"): Content[] {
    const changed: Content[] = [];
    for (const content of [...this.byKey.values()]) {
      if (types !== "all" && !types.has(content.request.type)) continue;
      if (content.users.size === 0) this.drop(content);
      else changed.push(content);
    }
    for (const content of changed) this.want(content);
    return changed;
  }

  private want(content: Content): void {
    content.state = "wanted";
    this.wanted.add(content);
  }

  private create(key: string, shape: Shape, references: readonly Reference[]): Content {
    const { id, type, width, height, props, version } = shape;
    const request = { id, type, width, height, props, version, references: [...references] };
    const content = new Content(key, request);
    this.byKey.set(key, content);
    return content;
  }

  private forgetOldest(): void {
    for (const content of this.unused) {
      this.drop(content);
      return;
    }
  }

  private drop(content: Content): void {
    this.unused.delete(content);
    this.byKey.delete(content.key);
  }
}
