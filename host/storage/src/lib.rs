//! Where everything is kept: traits, and their two implementations, embedded and distributed.
//!
//! [`CanvasStore`] is the durable tier of canvases (journal and checkpoints), [`ProjectStore`] and [`AccountStore`]
//! keep who owns what, [`PluginDataStore`] what plugins keep. [`SqliteStore`] is all of them in one file,
//! [`dynamodb::DynamoStore`] in tables that many hosts share. Both pass the one contract suite in
//! `tests/store/contract`. [`HotTier`] is the order and fan-out that many hosts share.

mod accounts;
mod canvas;
pub mod dynamodb;
mod error;
mod hot;
mod plugin_data;
mod projects;
mod record;
mod redis;
mod sqlite;
mod versions;

pub use accounts::{AccountStore, Invitation, Login, SecretHash};
pub use canvas::{
    CanvasStore, Checkpoint, Claim, Claiming, Fence, JournalBatch, StoredCanvas, StoredClient, StoredRecord,
};
pub use error::StoreError;
pub use hot::{Entry, Following, HotEnd, HotError, HotEvent, HotPlace, HotTier, LEASE, Standing};
pub use plugin_data::PluginDataStore;
pub use projects::{EnabledPlugin, Project, ProjectStore, User};
pub use redis::{Kept, RedisConfig, RedisHotTier, RedisReport, RedisTrouble, inspect_redis, report_redis};
pub use sqlite::SqliteStore;
pub use versions::{NewVersion, Version, VersionStore};
