/**
 * The wire between browser and room, as `host/rooms/src/protocol.rs` and `host/canvas` define it. Kept word for word
 * like what their TypeScript export writes; nothing here is decided on this side.
 */

export type ShapeId = string;
export type ClientId = string;
export type UserId = string;

/** Version of the protocol that this app speaks. */
export const PROTOCOL = 1;

/** A record on the canvas. Absent: no parent, rotation 0, opacity 1, not locked. */
export type Shape = {
  id: ShapeId;
  type: string;
  parent?: ShapeId;
  index: string;
  x: number;
  y: number;
  width: number;
  height: number;
  rotation?: number;
  opacity?: number;
  locked?: boolean;
  props: Record<string, unknown>;
};

/** Some fields of a shape to be set; a field that is absent stays as it is. */
export type Patch = {
  id: ShapeId;
  parent?: string | null;
  index?: string;
  x?: number;
  y?: number;
  width?: number;
  height?: number;
  rotation?: number;
  opacity?: number;
  locked?: boolean;
  props?: Record<string, unknown>;
};

export type Operation = { put: Shape } | { patch: Patch } | { delete: ShapeId };

/** Why something was refused. */
export type Problem = { code: string; message: string; path?: string };

export type Role = "viewer" | "editor" | "owner";

export type Place = { epoch: number; seq: number };

export type Hello = { protocol: number; known?: Place; clients: Array<ClientId> };

export type Edit = { client: ClientId; number: number; operations: Array<Operation> };

export type Presence = {
  cursor?: [number, number];
  selection?: Array<ShapeId>;
  viewport?: [number, number, number, number];
};

export type ClientMessage = { hello: Hello } | { edit: Edit } | { presence: Presence };

export type SessionInfo = { session: string; user: UserId; name: string; hue: number } & Presence;

export type Welcome = {
  session: string;
  user: UserId;
  name: string;
  role: Role;
  place: Place;
  durable: number;
  numbers: Array<number>;
  sessions: Array<SessionInfo>;
};

export type Changes = { place: Place; shapes: Array<Shape>; deleted: Array<ShapeId> };

export type Resync = { place: Place; reason: string };

export type Transaction = { client: ClientId; number: number; user: UserId; operations: Array<Operation> };

export type Sequenced = { seq: number } & Transaction;

export type Tick = {
  transactions?: Array<Sequenced>;
  durable?: number;
  presence?: Array<SessionInfo>;
  left?: Array<string>;
};

export type Known = { client: ClientId; number: number; seq: number };

export type Refused = { client: ClientId; number: number; problem: Problem };

export type RoleChange = { role: Role | null };

export type PluginsChange = { reason: string };

export type Closing = { code: string; message: string; reconnect: boolean };

export type ServerMessage =
  | { welcome: Welcome }
  | { changes: Changes }
  | { resync: Resync }
  | { tick: Tick }
  | { known: Known }
  | { refused: Refused }
  | { role: RoleChange }
  | { plugins: PluginsChange }
  | { closing: Closing };
