//! Checkpointed shapes, deletions and outboxes: one item each, spread over the shards of their project.

use collabcanvas_canvas::{ClientId, Outbox, ProjectId, Seq, Shape, ShapeId, UserId};
use futures_util::future::try_join_all;

use super::api::{Purpose, Query};
use super::body::{Body, add_inline, inline_body};
use super::item::Item;
use super::write::Write;
use super::{DynamoStore, now_s};
use crate::record::parse_shape;
use crate::{StoreError, StoredClient, StoredRecord};

/// Partitions of a project: one takes 1,000 written and 3,000 read units a second.
pub(super) const SHARDS: u64 = 4;

/// How long a deletion is kept, in seconds. It is needed until the next checkpoint; by then its place could be taken
/// by a shape of an earlier time only if a host came back that was claimed over before, had checked so within the
/// chunk that it writes, and then stood still for all of this.
const DELETION_KEPT_S: u64 = 24 * 3600;

/// How long an outbox's number is kept after its last transaction, in seconds: as long as a browser may be offline.
const CLIENT_KEPT_S: u64 = 400 * 24 * 3600;

/// Clients that are remembered; beyond it the longest silent ones are forgotten. As many as a document remembers.
const MAX_CLIENTS: usize = 10_000;

/// Largest record, compressed: an item takes 400 KB in all.
const MAX_RECORD_BYTES: usize = 390 * 1024;

/// An item that a checkpoint writes.
pub(super) enum Object<'a> {
    Shape(&'a Shape, Seq),
    Deletion(&'a ShapeId, Seq),
    Client(&'a StoredClient),
}

impl Object<'_> {
    /// The write that puts this in the place of something earlier.
    pub(super) fn write<'t>(&self, table: &'t str, project: &ProjectId) -> Result<Write<'t>, StoreError> {
        let (item, seq) = match self {
            Self::Shape(shape, seq) => (shape_item(project, shape)?, *seq),
            Self::Deletion(id, seq) => {
                (key(project, &format!("shape/{id}")).number("expires", now_s() + DELETION_KEPT_S), *seq)
            }
            Self::Client(StoredClient { outbox, number, seq }) => {
                let key = key(project, &format!("client/{}/{}", outbox.user, outbox.client));
                (key.number("number", *number).number("expires", now_s() + CLIENT_KEPT_S), *seq)
            }
        };
        let write = Write::put(table, item.number("seq", seq));
        Ok(write.when("attribute_not_exists(#pk) OR #seq < :seq", Item::default().number(":seq", seq)))
    }
}

fn shape_item(project: &ProjectId, shape: &Shape) -> Result<Item, StoreError> {
    let failed = |reason: String| StoreError::Failed(format!("shape {} of project {project} {reason}", shape.id));
    let json = serde_json::to_vec(shape).map_err(|error| failed(format!("cannot be written as JSON: {error}")))?;
    let item = add_inline(key(project, &format!("shape/{}", shape.id)), &json);
    match item.find_bytes("body").map_or(0, <[u8]>::len) {
        0..=MAX_RECORD_BYTES => Ok(item),
        bytes => Err(failed(format!("has {bytes} bytes; at most {MAX_RECORD_BYTES} can be kept"))),
    }
}

fn key(project: &ProjectId, name: &str) -> Item {
    Item::key(partition(project, shard_of(name)), name)
}

fn partition(project: &ProjectId, shard: u64) -> String {
    format!("{project}/{shard}")
}

/// FNV-1a: what is kept depends on it, so it can never change.
fn shard_of(name: &str) -> u64 {
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    // The low bits of a product depend on low bits only.
    (hash >> 32) % SHARDS
}

impl DynamoStore {
    /// Everything that checkpoints wrote; deletions up to `forgotten` are left out.
    pub(super) async fn read_objects(
        &self,
        why: Purpose<'_>,
        project: &ProjectId,
        forgotten: Seq,
    ) -> Result<(Vec<StoredRecord>, Vec<StoredClient>), StoreError> {
        let shards = try_join_all((0..SHARDS).map(|shard| self.read_shard(why, project, shard, forgotten))).await?;
        let (mut records, mut clients) = (Vec::new(), Vec::new());
        for (its_records, its_clients) in shards {
            records.extend(its_records);
            clients.extend(its_clients);
        }
        if clients.len() > MAX_CLIENTS {
            clients.sort_unstable_by_key(|client: &StoredClient| std::cmp::Reverse(client.seq));
            clients.truncate(MAX_CLIENTS);
        }
        Ok((records, clients))
    }

    async fn read_shard(
        &self,
        why: Purpose<'_>,
        project: &ProjectId,
        shard: u64,
        forgotten: Seq,
    ) -> Result<(Vec<StoredRecord>, Vec<StoredClient>), StoreError> {
        let query = Query {
            table: &self.tables().objects,
            condition: "#pk = :pk",
            values: Item::default().text(":pk", partition(project, shard)),
            ..Query::default()
        };
        let (mut records, mut clients) = (Vec::new(), Vec::new());
        let read = |items: Vec<Item>| {
            for item in items {
                let name = item.find_text("sk").unwrap_or_default();
                match name.split_once('/') {
                    Some(("shape", id)) => records.extend(read_record(project, id, &item, forgotten)),
                    Some(("client", outbox)) => clients.extend(read_client(project, outbox, &item)),
                    _ => {
                        tracing::error!(%project, name, "an object in the store is neither shape nor client; it is left out")
                    }
                }
            }
        };
        self.api().query_pages(why, query, read).await?;
        Ok((records, clients))
    }
}

/// One record. What is no shape comes as it is (S2); an item without so much as an id is only named in the log.
fn read_record(project: &ProjectId, id: &str, item: &Item, forgotten: Seq) -> Option<StoredRecord> {
    let seq = item.find_number("seq").unwrap_or_default();
    let Ok(id) = ShapeId::parse(id) else {
        tracing::error!(%project, id, seq, "a record in the store has no shape's id and is left out");
        return None;
    };
    let json = match inline_body(item) {
        Body::Whole(json) => json,
        Body::Gone => return (seq > forgotten).then_some(StoredRecord::Deleted { id, seq }),
        Body::Unreadable(reason) => {
            return Some(StoredRecord::Unreadable { id, raw: format!("{:?}", item.0.get("body")), reason, seq });
        }
    };
    Some(match parse_shape(&id, &json) {
        Ok(shape) => StoredRecord::Shape { shape, seq },
        Err(reason) => StoredRecord::Unreadable { id, raw: String::from_utf8_lossy(&json).into_owned(), reason, seq },
    })
}

fn read_client(project: &ProjectId, outbox: &str, item: &Item) -> Option<StoredClient> {
    let (user, client) = outbox.split_once('/')?;
    let (Ok(user), Ok(client), Some(number)) =
        (UserId::parse(user), ClientId::parse(client), item.find_number("number"))
    else {
        tracing::error!(%project, outbox, "an outbox's number is kept under what is no id; it is left out");
        return None;
    };
    Some(StoredClient { outbox: Outbox { user, client }, number, seq: item.find_number("seq").unwrap_or_default() })
}
