//! The exported interface `save-strategy`: its types.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use wasmtime::component::{ComponentType, Lift, Lower};

/// Results of `describe`.
pub(crate) type DescribeResults = (Strategy,);
/// Parameters of `plan`.
pub(crate) type PlanParams<'a> = (&'a SaveState,);
/// Results of `plan`.
pub(crate) type PlanResults = (SavePlan,);

/// A strategy as its plugin answers it, before it is checked.
#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct Strategy {
    pub label: String,
    pub acknowledge: Acknowledgement,
}

/// When an edit's author is told that it is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ComponentType, Lift)]
#[component(enum)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Acknowledgement {
    /// As soon as it has its place in the order.
    #[component(name = "after-accept")]
    AfterAccept,
    /// Only once it is durable.
    #[component(name = "once-durable")]
    OnceDurable,
}

/// The project as the saver sees it. Times are milliseconds of one clock that never goes back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ComponentType, Lower)]
#[component(record)]
pub struct SaveState {
    /// The plugin's settings in this project: a JSON object. Filled in by the runtime.
    pub settings: String,
    /// Now.
    #[component(name = "now-ms")]
    pub now_ms: u64,
    /// Transactions that are accepted and not in the durable journal yet.
    #[component(name = "pending-transactions")]
    pub pending_transactions: u32,
    /// Their size in bytes.
    #[component(name = "pending-bytes")]
    pub pending_bytes: u64,
    /// When the oldest of them was accepted.
    #[component(name = "pending-since-ms")]
    pub pending_since_ms: Option<u64>,
    /// Whether an append to the durable journal is under way.
    pub appending: bool,
    /// When the last append ended.
    #[component(name = "last-append-ms")]
    pub last_append_ms: Option<u64>,
    /// How long recent appends took, as an average.
    #[component(name = "append-cost-ms")]
    pub append_cost_ms: u32,
    /// Shapes changed or deleted since the last checkpoint.
    #[component(name = "changed-shapes")]
    pub changed_shapes: u32,
    /// When the first of them changed.
    #[component(name = "changed-since-ms")]
    pub changed_since_ms: Option<u64>,
    /// Whether a checkpoint is under way.
    pub checkpointing: bool,
    /// When the last checkpoint ended.
    #[component(name = "last-checkpoint-ms")]
    pub last_checkpoint_ms: Option<u64>,
    /// When the last version was taken that a plan asked for.
    #[component(name = "last-version-ms")]
    pub last_version_ms: Option<u64>,
    /// Transactions in the durable journal since the last checkpoint.
    #[component(name = "journal-transactions")]
    pub journal_transactions: u64,
    /// Their size in bytes.
    #[component(name = "journal-bytes")]
    pub journal_bytes: u64,
    /// Connected sessions.
    pub sessions: u32,
    /// When the last edit was accepted.
    #[component(name = "last-edit-ms")]
    pub last_edit_ms: Option<u64>,
    /// Whether the room is about to close.
    pub closing: bool,
}

/// What a strategy wants done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift)]
#[component(record)]
pub struct SavePlan {
    /// Append the pending transactions to the durable journal now.
    pub append: bool,
    /// Checkpoint the changed shapes now.
    pub checkpoint: bool,
    /// Take a version of this name now.
    #[component(name = "take-version")]
    pub take_version: Option<String>,
    /// Ask again after this many milliseconds even if nothing happens.
    #[component(name = "wake-in-ms")]
    pub wake_in_ms: Option<u32>,
}
