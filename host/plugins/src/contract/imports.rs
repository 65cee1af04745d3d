//! Bindings of what the host offers to plugins, generated from the contract's `host` world.

wasmtime::component::bindgen!({
    path: "../../wit/0.1.0",
    world: "host",
    imports: {
        // Logging waits for nobody.
        "collabcanvas:plugin/log": trappable,
        default: async | trappable,
    },
});

pub(crate) use collabcanvas::plugin::{access, canvas, canvas_edit, clock, config, drawing, log, storage, types};
