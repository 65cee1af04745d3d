//! Stores: what all of them do (`contract`), and what concerns one of them.

mod contract;
mod dynamo;
mod samples;
mod sqlite;

use collabcanvas_storage::{AccountStore, CanvasStore, PluginDataStore, ProjectStore, VersionStore};

/// A store of everything.
trait Store: CanvasStore + ProjectStore + AccountStore + PluginDataStore + VersionStore {}

impl<T: CanvasStore + ProjectStore + AccountStore + PluginDataStore + VersionStore> Store for T {}
