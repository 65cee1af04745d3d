//! The contract of `wit/` as Rust types, generated; the rest of this crate is built on it.
//!
//! Each kind of export is generated on its own, so that a component takes up only what it exports.
//! What they share (`types`, `drawing` and the host's imports) is generated once.

#![allow(missing_docs, unsafe_op_in_unsafe_fn)]
#![allow(clippy::undocumented_unsafe_blocks)]

pub use imports::collabcanvas::plugin as host;
pub use imports::collabcanvas::plugin::{drawing, types};

pub use ai::exports::collabcanvas::plugin::ai_tools;
pub use files::exports::collabcanvas::plugin::formats;
pub use saving::exports::collabcanvas::plugin::save_strategy;
pub use shaping::exports::collabcanvas::plugin::shapes;

/// The imports: what the host offers to plugins, and the types that everything shares.
mod imports {
    wit_bindgen::generate!({
        path: "wit/0.1.0",
        world: "host",
        additional_derives: [PartialEq],
        additional_type_attributes: {
            "collabcanvas:plugin/drawing@0.1.0/font-family":
                [#[derive(serde::Serialize, serde::Deserialize)] #[serde(rename_all = "kebab-case")]],
            "collabcanvas:plugin/drawing@0.1.0/text-align":
                [#[derive(serde::Serialize, serde::Deserialize)] #[serde(rename_all = "kebab-case")]],
            "collabcanvas:plugin/drawing@0.1.0/vertical-align":
                [#[derive(serde::Serialize, serde::Deserialize)] #[serde(rename_all = "kebab-case")]],
        },
        generate_all,
        generate_unused_types: true,
        runtime_path: "::collabcanvas_plugin::__rt",
    });
}

/// The export of shape types.
#[doc(hidden)]
pub mod shaping {
    wit_bindgen::generate!({
        path: "wit/0.1.0",
        world: "shape-plugin",
        with: {
            "collabcanvas:plugin/types@0.1.0": crate::contract::types,
            "collabcanvas:plugin/drawing@0.1.0": crate::contract::drawing,
            "collabcanvas:plugin/log@0.1.0": crate::contract::host::log,
        },
        additional_derives: [PartialEq],
        pub_export_macro: true,
        export_macro_name: "export_shapes",
        default_bindings_module: "::collabcanvas_plugin::plumbing::shaping",
        runtime_path: "::collabcanvas_plugin::__rt",
    });
}

/// The export of tools for the AI.
#[doc(hidden)]
pub mod ai {
    wit_bindgen::generate!({
        path: "wit/0.1.0",
        world: "ai-plugin",
        with: {
            "collabcanvas:plugin/types@0.1.0": crate::contract::types,
            "collabcanvas:plugin/drawing@0.1.0": crate::contract::drawing,
            "collabcanvas:plugin/canvas@0.1.0": crate::contract::host::canvas,
            "collabcanvas:plugin/canvas-edit@0.1.0": crate::contract::host::canvas_edit,
            "collabcanvas:plugin/storage@0.1.0": crate::contract::host::storage,
            "collabcanvas:plugin/access@0.1.0": crate::contract::host::access,
            "collabcanvas:plugin/config@0.1.0": crate::contract::host::config,
            "collabcanvas:plugin/log@0.1.0": crate::contract::host::log,
            "collabcanvas:plugin/clock@0.1.0": crate::contract::host::clock,
        },
        pub_export_macro: true,
        export_macro_name: "export_tools",
        default_bindings_module: "::collabcanvas_plugin::plumbing::ai",
        runtime_path: "::collabcanvas_plugin::__rt",
    });
}

/// The export of file formats.
#[doc(hidden)]
pub mod files {
    wit_bindgen::generate!({
        path: "wit/0.1.0",
        world: "format-plugin",
        with: {
            "collabcanvas:plugin/types@0.1.0": crate::contract::types,
            "collabcanvas:plugin/drawing@0.1.0": crate::contract::drawing,
            "collabcanvas:plugin/log@0.1.0": crate::contract::host::log,
        },
        additional_derives: [PartialEq],
        pub_export_macro: true,
        export_macro_name: "export_formats",
        default_bindings_module: "::collabcanvas_plugin::plumbing::files",
        runtime_path: "::collabcanvas_plugin::__rt",
    });
}

/// The export of a save strategy.
#[doc(hidden)]
pub mod saving {
    wit_bindgen::generate!({
        path: "wit/0.1.0",
        world: "save-plugin",
        with: {
            "collabcanvas:plugin/types@0.1.0": crate::contract::types,
            "collabcanvas:plugin/log@0.1.0": crate::contract::host::log,
        },
        additional_derives: [PartialEq],
        pub_export_macro: true,
        export_macro_name: "export_strategy",
        default_bindings_module: "::collabcanvas_plugin::plumbing::saving",
        runtime_path: "::collabcanvas_plugin::__rt",
    });
}
