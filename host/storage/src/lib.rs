//! Where everything is kept: traits, cut where a second implementation exists or comes, and their embedded
//! implementation on SQLite.
//!
//! [`CanvasStore`] is the durable tier of canvases (journal and checkpoints), [`ProjectStore`] and [`AccountStore`]
//! keep who owns what, [`PluginDataStore`] what plugins keep. [`SqliteStore`] is all of them in one file. Every
//! implementation passes the one contract suite in `tests/store/contract`.

mod accounts;
mod canvas;
mod error;
mod plugin_data;
mod projects;
mod sqlite;
mod versions;

pub use accounts::{AccountStore, Invitation, Login, SecretHash};
pub use canvas::{CanvasStore, Checkpoint, JournalBatch, StoredCanvas, StoredClient, StoredRecord};
pub use error::StoreError;
pub use plugin_data::PluginDataStore;
pub use projects::{EnabledPlugin, Project, ProjectStore, User};
pub use sqlite::SqliteStore;
pub use versions::{NewVersion, Version, VersionStore};
