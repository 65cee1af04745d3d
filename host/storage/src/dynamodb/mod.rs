//! The store of many hosts, on DynamoDB and an object store.
//!
//! [`tables`] tells what is kept where and how it is read. [`journal`] is the log of each canvas, which keeps its
//! writers apart; [`objects`] its checkpointed shapes; one file per other trait holds what it does. All requests go
//! through [`api`], which repeats what may succeed a moment later and counts what it costs.

mod accounts;
mod api;
mod batches;
mod body;
mod canvas;
mod checkpoint;
mod connect;
mod consumption;
mod item;
mod journal;
mod objects;
mod plugin_data;
mod position;
mod probe;
mod projects;
mod retry;
pub mod tables;
mod versions;
mod write;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub use aws_sdk_dynamodb::Client;
use object_store::ObjectStore;

use crate::StoreError;
use api::Api;
use body::Objects;
pub use connect::{client, client_at};
pub use consumption::{Consumer, Consumption, Units};
use position::Positions;
pub use probe::{Probe, probe};
use tables::Tables;

/// How long a request is repeated before it fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// The distributed store: any number of hosts use the same tables. Cloning is cheap.
#[derive(Clone)]
pub struct DynamoStore {
    parts: Arc<Parts>,
}

struct Parts {
    api: Api,
    tables: Tables,
    objects: Objects,
    positions: Positions,
}

impl DynamoStore {
    /// The store in the tables whose names begin with `prefix`; what is too large for them goes to `large`.
    ///
    /// Errors: [`StoreError::CannotOpen`] when tables are missing or not as they should be.
    pub async fn open(client: Client, prefix: &str, large: Arc<dyn ObjectStore>) -> Result<Self, StoreError> {
        Self::open_with(client, prefix, large, PATIENCE).await
    }

    /// The same, with the time for which a request is repeated before it fails (20 s in `open`).
    pub async fn open_with(
        client: Client,
        prefix: &str,
        large: Arc<dyn ObjectStore>,
        patience: Duration,
    ) -> Result<Self, StoreError> {
        tables::check(&client, prefix).await?;
        let parts = Parts {
            api: Api::new(client, patience),
            tables: Tables::of(prefix),
            objects: Objects::new(large),
            positions: Positions::default(),
        };
        Ok(Self { parts: Arc::new(parts) })
    }

    /// What the store has cost since it was opened or asked last.
    pub fn consumption(&self) -> &Consumption {
        self.api().consumption()
    }

    fn api(&self) -> &Api {
        &self.parts.api
    }

    fn tables(&self) -> &Tables {
        &self.parts.tables
    }

    fn large(&self) -> &Objects {
        &self.parts.objects
    }

    fn positions(&self) -> &Positions {
        &self.parts.positions
    }
}

/// Seconds since 1970, for times at which items expire.
fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs())
}
