//! Roles, permissions, capabilities, and the one gate.
//!
//! Every request, frame, plugin call and AI tool call passes [`decide`] (A1). A person may do what their role in the
//! project allows; a plugin may do what its manifest asks for, the project grants (what operators grant is not kept apart yet), and the
//! person it acts for may do.
//!
//! ```
//! use collabcanvas_access::{Actor, Permission, Role, decide};
//! assert!(decide(&Actor::person(Role::Editor), Permission::EditCanvas).is_ok());
//! let refusal = decide(&Actor::person(Role::Viewer), Permission::EditCanvas).unwrap_err();
//! assert_eq!(refusal.to_string(), "a viewer may not change shapes: ask an owner to make you an editor");
//! ```

mod actor;
mod capability;
mod gate;
mod permission;

pub use actor::{Actor, Plugin, Role};
pub use capability::{Capabilities, Capability};
pub use gate::{Refusal, decide};
pub use permission::Permission;
