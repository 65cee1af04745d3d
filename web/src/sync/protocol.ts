// What goes over the wire. Generated from the Rust types: see host/rooms/tests/typescript.rs.

/** Version of this protocol. */
export const PROTOCOL = 1;

/**
 * A jump to a later place.
 */
export type Changes = { 
/**
 * Where the browser is once it has applied this.
 */
place: Place, 
/**
 * Shapes as they are now.
 */
shapes: Array<Shape>, 
/**
 * Shapes that are gone.
 */
deleted: Array<ShapeId>, 
/**
 * Everything up to this sequence number is durable.
 */
durable: number, 
/**
 * Everybody who is here, in place of whom the browser knew.
 */
sessions: Array<SessionInfo>, };

/**
 * The id of a client: one outbox of transactions, numbered from 1 upwards without gaps.
 */
export type ClientId = string;

/**
 * What a browser sends.
 */
export type ClientMessage = { "hello": Hello } | { "edit": Edit } | { "presence": Presence };

/**
 * Why a session ends.
 */
export type Closing = { 
/**
 * For programs, for example `rate-limit`, `bad-frame`, `room-full`, `shutdown`.
 */
code: string, 
/**
 * For people: what was found, what was expected, what to do.
 */
message: string, 
/**
 * Whether connecting again makes sense.
 */
reconnect: boolean, };

/**
 * How people make a shape.
 */
export type CreationGesture = "box" | "click" | "points" | "freehand" | "connect";

/**
 * A transaction as a browser sends it. Who it is from is the server's to say (A3).
 */
export type Edit = { 
/**
 * The outbox that it comes from.
 */
client: ClientId, 
/**
 * Its number in that outbox: one more than the one before.
 */
number: number, 
/**
 * What it does, all or none.
 */
operations: Array<Operation>, };

/**
 * The first message of a socket.
 */
export type Hello = { 
/**
 * The protocol version that the browser speaks: 1.
 */
protocol: number, 
/**
 * The place in the order up to which the browser knows the canvas, usually from the snapshot; none: nothing.
 */
known?: Place, 
/**
 * The outboxes that this browser holds: its own first, then those of closed tabs. The answer names the last
 * number of each.
 */
clients: Array<ClientId>, };

/**
 * What a plugin can be: one kind for each interface that it may export.
 */
export type Kind = "shapes" | "ai-tools" | "formats" | "save-strategy";

/**
 * A client's transactions up to a number have had their place before.
 */
export type Known = { 
/**
 * The client.
 */
client: ClientId, 
/**
 * The number of its last transaction in the order.
 */
number: number, 
/**
 * The transaction counts as durable once this sequence number is.
 */
seq: number, };

/**
 * The names of the boolean props that say which way round a shape lies.
 */
export type MirrorProps = { 
/**
 * True when left and right have changed places.
 */
horizontal: string, 
/**
 * True when top and bottom have changed places.
 */
vertical: string, };

/**
 * One change to the canvas.
 */
export type Operation = { "put": Shape } | { "patch": Patch } | { "delete": ShapeId };

/**
 * A shape's place among its siblings: a fraction between 0 and 1 written in base 62 after the point.
 * Keys compare byte by byte, and between any two there is another, so nothing else moves when a shape does.
 *
 * Shapes of the same key are ordered by id.
 */
export type OrderKey = string;

/**
 * Some fields of a shape to be set; a field that is absent stays as it is.
 */
export type Patch = { 
/**
 * The shape to change.
 */
id: ShapeId, 
/**
 * The new parent; null moves the shape to the canvas itself.
 */
parent?: string | null, 
/**
 * The new order key.
 */
index?: OrderKey, 
/**
 * The new left edge.
 */
x?: number, 
/**
 * The new top edge.
 */
y?: number, 
/**
 * The new width.
 */
width?: number, 
/**
 * The new height.
 */
height?: number, 
/**
 * The new rotation.
 */
rotation?: number, 
/**
 * The new opacity.
 */
opacity?: number, 
/**
 * Locks or unlocks.
 */
locked?: boolean, 
/**
 * Top-level props to replace; a member that is null removes the prop.
 */
props?: Props, };

/**
 * A place in a project's order.
 */
export type Place = { 
/**
 * The epoch.
 */
epoch: number, 
/**
 * The sequence number.
 */
seq: number, };

/**
 * How a plugin fares in a project, for its operator.
 */
export type PluginState = { 
/**
 * Its name.
 */
name: string, 
/**
 * Its version.
 */
version: string, 
/**
 * The digest of its file.
 */
digest: string, 
/**
 * Which kinds of plugin it is.
 */
kinds: Array<Kind>, 
/**
 * Faults since the project was opened.
 */
faults: number, 
/**
 * The last fault.
 */
last_fault?: string, 
/**
 * Why it is set aside, if it is.
 */
quarantined?: string, };

/**
 * A change of the project's plugins.
 */
export type PluginsChange = { 
/**
 * Why, for people.
 */
reason: string, };

/**
 * What a session shows of itself. Coordinates are the canvas's.
 */
export type Presence = { 
/**
 * Where the pointer is; none: not on the canvas.
 */
cursor?: [number, number], 
/**
 * The ids of the selected shapes, at most 1,000.
 */
selection?: Array<ShapeId>, 
/**
 * x, y, width and height of what is on the screen.
 */
viewport?: [number, number, number, number], };

/**
 * Why something was refused: the one form in which host and plugins report what the other can mend.
 */
export type Problem = { 
/**
 * A stable, short, lower-case word or words joined by `-`, for programs: `out-of-range`.
 */
code: string, 
/**
 * One sentence for people: what was found, what was expected, what to do.
 */
message: string, 
/**
 * Where in the input, as a JSON Pointer, when one place is to blame.
 */
path?: string, };

/**
 * What a shape type defines of a shape: a JSON object, kept as its text.
 *
 * The host never looks inside but at the top-level names, so text is all it needs: it crosses to plugins,
 * disk and wire as it is, and costs a fifth of the memory of a parsed tree.
 */
export type Props = Record<string, unknown>;

/**
 * Why a transaction was refused.
 */
export type Refused = { 
/**
 * The client.
 */
client: ClientId, 
/**
 * The transaction's number. The client's next transaction may have any higher number.
 */
number: number, 
/**
 * The reason. Its path starts with the place of the operation: `/0/props/points`.
 */
problem: Problem, };

/**
 * What dragging a shape's handles may do.
 */
export type ResizePolicy = "free" | "keep-aspect" | "width-only" | "fixed";

/**
 * Why the snapshot has to be loaded again.
 */
export type Resync = { 
/**
 * Where the order is.
 */
place: Place, 
/**
 * `epoch`: the order has begun anew; `behind`: too far behind to be told what changed.
 */
reason: string, };

/**
 * What a person is in a project.
 */
export type Role = "viewer" | "editor" | "owner";

/**
 * A new role.
 */
export type RoleChange = { 
/**
 * The role; none: no member any more.
 */
role: Role | null, };

/**
 * A transaction with its place in the order: operations applied all or none, from one author.
 *
 * `user`, `client` and `number` together are its id: a client numbers its transactions from 1 without gaps, so that
 * "seen before" is one comparison and what the host has to remember is one number per client.
 */
export type Sequenced = { 
/**
 * Its sequence number.
 */
seq: number, 
/**
 * The outbox that it came from.
 */
client: ClientId, 
/**
 * Its place among that client's transactions, from 1.
 */
number: number, 
/**
 * Its author, stamped by the server (A3).
 */
user: UserId, 
/**
 * What it does.
 */
operations: Array<Operation>, };

/**
 * What a room sends.
 */
export type ServerMessage = { "welcome": Welcome } | { "changes": Changes } | { "resync": Resync } | { "tick": Tick } | { "known": Known } | { "refused": Refused } | { "role": RoleChange } | { "plugins": PluginsChange } | { "stalled": Stalled } | { "closing": Closing };

/**
 * A session as others see it.
 */
export type SessionInfo = { 
/**
 * Its id.
 */
session: string, 
/**
 * Whose it is.
 */
user: UserId, 
/**
 * What they are called.
 */
name: string, 
/**
 * Hue of their colour, 0 to 359 degrees.
 */
hue: number, 
/**
 * Where the pointer is; none: not on the canvas.
 */
cursor?: [number, number], 
/**
 * The ids of the selected shapes, at most 1,000.
 */
selection?: Array<ShapeId>, 
/**
 * x, y, width and height of what is on the screen.
 */
viewport?: [number, number, number, number], };

/**
 * A record on the canvas. Lengths in canvas units, angles in radians.
 */
export type Shape = { 
/**
 * Unique in its canvas; stays the same for the shape's whole life.
 */
id: ShapeId, 
/**
 * Its shape type, `plugin/type`.
 */
type: ShapeType, 
/**
 * The shape that it lies in; none: the canvas itself.
 */
parent?: ShapeId, 
/**
 * Its place among its siblings, back to front.
 */
index: OrderKey, 
/**
 * Left edge before rotation, in the parent's frame.
 */
x: number, 
/**
 * Top edge before rotation, in the parent's frame.
 */
y: number, 
/**
 * Width before rotation, 0 or more.
 */
width: number, 
/**
 * Height before rotation, 0 or more.
 */
height: number, 
/**
 * Rotation about the centre.
 */
rotation?: number, 
/**
 * 0 (unseen) to 1 (solid).
 */
opacity?: number, 
/**
 * A locked shape refuses every operation but one that unlocks it.
 */
locked?: boolean, 
/**
 * What the shape type defines.
 */
props: Props, 
/**
 * The version of its shape type that wrote the props, 1 or more.
 */
version?: number, };

/**
 * The id of a shape, unique in its canvas.
 */
export type ShapeId = string;

/**
 * The full name of a shape type: `plugin/type`, for example `basic/star`.
 */
export type ShapeType = string;

/**
 * A shape type, as its plugin describes it.
 */
export type ShapeTypeDescription = { 
/**
 * Its full name, `plugin/type`.
 */
type: ShapeType, 
/**
 * Its name within the plugin.
 */
name: string, 
/**
 * What people call it.
 */
label: string, 
/**
 * Path data (SVG `d`) in a 24 by 24 box.
 */
icon: string, 
/**
 * One key that chooses its tool, if it wants one.
 */
shortcut?: string, 
/**
 * Width and height when it is placed by a click.
 */
default_size: Size, 
/**
 * Its props when it is made, in normal form.
 */
default_props: Props, 
/**
 * The JSON Schema of its props.
 */
props_schema: Record<string, unknown>, 
/**
 * How people make one.
 */
creation: CreationGesture, 
/**
 * What dragging its handles may do.
 */
resize: ResizePolicy, 
/**
 * Whether connectors may attach to it.
 */
connectable: boolean, 
/**
 * Top-level props that hold the id of another shape, or a list of such ids.
 */
references: Array<string>, 
/**
 * Top-level props that hold the id of an asset, or a list of such ids.
 */
assets?: Array<string>, 
/**
 * Props that say which way round it lies, if it looks different mirrored.
 */
mirror?: MirrorProps, 
/**
 * A boolean prop that becomes true when people choose the shape's width.
 */
width_chosen?: string, 
/**
 * The version of its props.
 */
version: number, };

/**
 * A width and a height.
 */
export type Size = { 
/**
 * Width, 0 or more.
 */
width: number, 
/**
 * Height, 0 or more.
 */
height: number, };

/**
 * Whether edits wait.
 */
export type Stalled = { 
/**
 * Whether they do.
 */
stalled: boolean, };

/**
 * One tick. Absent parts are empty.
 */
export type Tick = { 
/**
 * Transactions, in order, without gaps to the tick before. A session finds its own here too: they are accepted.
 */
transactions?: Array<Sequenced>, 
/**
 * Everything up to this sequence number is durable.
 */
durable?: number, 
/**
 * What sessions show, each replacing what it showed before; a session that is new is among them.
 */
presence?: Array<SessionInfo>, 
/**
 * Sessions that are gone.
 */
left?: Array<string>, };

/**
 * The id of a user, unique in its server; the server stamps it on every transaction (A3).
 */
export type UserId = string;

/**
 * The answer to `hello`.
 */
export type Welcome = { 
/**
 * The session's id, unique in the project.
 */
session: string, 
/**
 * Who the server takes the session for.
 */
user: UserId, 
/**
 * What they are called.
 */
name: string, 
/**
 * Their role.
 */
role: Role, 
/**
 * Where the order is.
 */
place: Place, 
/**
 * Everything up to this sequence number is durable.
 */
durable: number, 
/**
 * The number of the last transaction in the order of each client that `hello` named, in its order; 0: none.
 */
numbers: Array<number>, 
/**
 * Everybody who is here, this session too.
 */
sessions: Array<SessionInfo>, };
