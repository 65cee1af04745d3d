//! What plugins keep: an item a value, and one that counts their bytes.
//!
//! The count carries a revision that every change raises, which keeps changes at the same time apart and makes each
//! all or nothing: a transaction writes the count and the values. One that is too large for a transaction is kept as a
//! whole in the object store first, and the count names it; from then on it is done, and whoever comes next to this
//! plugin's data carries it out before anything else.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use collabcanvas_canvas::ProjectId;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::DynamoStore;
use super::api::{Purpose, Query, Refusal};
use super::body::{Body, add_inline, inline_body};
use super::item::Item;
use super::projects::project_key;
use super::write::Write;
use crate::{PluginDataStore, StoreError};

/// Values in one transaction: DynamoDB takes 100 writes, of which two may be the count and the project's.
const AT_ONCE: usize = 98;

/// Bytes in one transaction: DynamoDB takes 4 MB.
const BYTES_AT_ONCE: usize = 3_000_000;

/// Largest value: an item takes 400 KB in all.
const MAX_VALUE_BYTES: usize = 380 * 1024;

#[async_trait]
impl PluginDataStore for DynamoStore {
    async fn get(
        &self,
        project: &ProjectId,
        plugin: &str,
        keys: &[String],
    ) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let drawer = Drawer::of(self, project, plugin, "plugin-get");
        let mut found = drawer.read(keys.iter().map(String::as_str)).await?;
        if drawer.finish(&found.usage).await? {
            found = drawer.read(keys.iter().map(String::as_str)).await?;
        }
        keys.iter().map(|key| found.values.get(key).map(value).transpose()).collect()
    }

    async fn set(
        &self,
        project: &ProjectId,
        plugin: &str,
        entries: Vec<(String, Vec<u8>)>,
        quota: u64,
    ) -> Result<(), StoreError> {
        // Of two values of one key the later counts.
        let entries: BTreeMap<String, Vec<u8>> = entries.into_iter().collect();
        Drawer::of(self, project, plugin, "plugin-set").set(&entries, quota).await
    }

    async fn delete(&self, project: &ProjectId, plugin: &str, keys: &[String]) -> Result<(), StoreError> {
        let drawer = Drawer::of(self, project, plugin, "plugin-delete");
        for keys in keys.chunks(AT_ONCE) {
            drawer.delete(keys).await?;
        }
        Ok(())
    }

    async fn list_keys(
        &self,
        project: &ProjectId,
        plugin: &str,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        let drawer = Drawer::of(self, project, plugin, "plugin-list");
        drawer.finish(&drawer.read(std::iter::empty()).await?.usage).await?;
        let from = after.map_or(prefix, |after| after.max(prefix));
        let query = Query {
            table: drawer.table(),
            condition: "#pk = :pk AND #sk >= :from",
            values: Item::default().text(":pk", &drawer.partition).text(":from", format!("key/{from}")),
            // `after` itself may be among them.
            limit: Some(limit.saturating_add(1)),
            projection: Some("#sk"),
            ..Query::default()
        };
        let items = self.api().query(drawer.why, query).await?;
        let keys = items.iter().filter_map(|item| item.find_text("sk")?.strip_prefix("key/"));
        let wanted =
            keys.filter(|key| after.is_none_or(|after| *key > after)).take_while(|key| key.starts_with(prefix));
        Ok(wanted.take(limit as usize).map(str::to_owned).collect())
    }
}

/// What one plugin keeps in one project.
struct Drawer<'a> {
    store: &'a DynamoStore,
    project: &'a ProjectId,
    partition: String,
    why: Purpose<'a>,
}

/// What was read of it.
#[derive(Default)]
struct Found {
    usage: Usage,
    values: BTreeMap<String, Item>,
}

#[derive(Clone, Debug, Default)]
struct Usage {
    /// Keys and values.
    bytes: u64,
    /// 0 where nothing was ever set.
    revision: u64,
    /// The name of a set that is still to be carried out.
    pending: Option<String>,
}

impl<'a> Drawer<'a> {
    fn of(store: &'a DynamoStore, project: &'a ProjectId, plugin: &str, operation: &'static str) -> Self {
        let why = Purpose::of(project, operation);
        Self { store, project, partition: format!("data/{project}/{plugin}"), why }
    }

    fn table(&self) -> &'a str {
        &self.store.tables().projects
    }

    fn key(&self, key: &str) -> Item {
        Item::key(&self.partition, format!("key/{key}"))
    }

    fn usage_key(&self) -> Item {
        Item::key(&self.partition, "usage")
    }

    async fn read(&self, keys: impl Iterator<Item = &str>) -> Result<Found, StoreError> {
        let keys: std::collections::BTreeSet<&str> = keys.collect();
        let keys = keys.into_iter().map(|key| self.key(key)).chain([self.usage_key()]).collect();
        let mut found = Found::default();
        for item in self.store.api().get_many(self.why, self.table(), keys).await? {
            match item.get_text("sk")?.strip_prefix("key/").map(str::to_owned) {
                Some(key) => drop(found.values.insert(key, item)),
                None => found.usage = Usage::read(&item)?,
            }
        }
        Ok(found)
    }

    async fn set(&self, entries: &BTreeMap<String, Vec<u8>>, quota: u64) -> Result<(), StoreError> {
        let mut patience = self.store.api().patience();
        loop {
            let Found { usage, values } = self.read(entries.keys().map(String::as_str)).await?;
            if self.finish(&usage).await? {
                continue;
            }
            let freed: u64 = values.iter().map(|(key, item)| kept_size(key, item)).sum();
            let added: u64 = entries.iter().map(|(key, value)| size(key, value.len())).sum();
            let used = usage.bytes.saturating_sub(freed) + added;
            // Somebody over a quota that was lowered may still make things smaller.
            if used > quota && used > usage.bytes {
                self.store.check_project(self.why, self.project).await?;
                return Err(StoreError::QuotaExceeded { needed: used - usage.bytes, used: usage.bytes, quota });
            }
            match self.try_set(entries, &usage, used).await {
                Err(Refusal::Cancelled(failed)) if usage.revision == 0 && failed.last() == Some(&true) => {
                    return Err(StoreError::NoSuchProject(self.project.clone()));
                }
                Err(Refusal::Cancelled(_)) if patience.wait().await => {}
                done => return Ok(done?),
            }
        }
    }

    async fn try_set(&self, entries: &BTreeMap<String, Vec<u8>>, usage: &Usage, used: u64) -> Result<(), Refusal> {
        let revision = usage.revision + 1;
        let values: Result<Vec<Item>, Refusal> =
            entries.iter().map(|(key, value)| self.value_item(key, value, revision)).collect();
        let values = values?;
        let bytes: usize = values.iter().map(|item| item.find_bytes("body").map_or(0, <[u8]>::len) + 500).sum();
        if values.len() > AT_ONCE || bytes > BYTES_AT_ONCE {
            return self.begin_large(entries, usage, used).await;
        }
        let mut writes = vec![self.note_used(usage, used, None)];
        writes.extend(values.into_iter().map(|item| Write::put(self.table(), item)));
        writes.extend(self.project_at_first(usage));
        self.store.api().transact(self.why, writes).await
    }

    /// Does a set that does not fit into a transaction.
    async fn begin_large(&self, entries: &BTreeMap<String, Vec<u8>>, usage: &Usage, used: u64) -> Result<(), Refusal> {
        let name = format!("{}/{:032x}", self.partition, rand::random::<u128>());
        let failed = |error: StoreError| Refusal::Failed(error.to_string());
        self.store.large().put(&name, pack(entries)).await.map_err(failed)?;
        let mut writes = vec![self.note_used(usage, used, Some(&name))];
        writes.extend(self.project_at_first(usage));
        if let Err(error) = self.store.api().transact(self.why, writes).await {
            if let Refusal::Cancelled(_) = error {
                self.store.large().delete(&name).await;
            }
            return Err(error);
        }
        let begun = Usage { bytes: used, revision: usage.revision + 1, pending: Some(name) };
        self.finish(&begun).await.map(drop).map_err(failed)
    }

    /// Carries out a set that is on its way; whether there was one.
    async fn finish(&self, usage: &Usage) -> Result<bool, StoreError> {
        let Some(name) = &usage.pending else { return Ok(false) };
        // When it is gone, somebody else has just finished it.
        if let Some(packed) = self.store.large().get(name).await? {
            let entries = unpack(packed).ok_or_else(|| StoreError::Failed(format!("the object {name} is damaged")))?;
            let put = |(key, value): (String, Bytes)| async move {
                let item = self.value_item(&key, &value, usage.revision)?;
                let values = Item::default().number(":revision", usage.revision);
                let put =
                    Write::put(self.table(), item).when("attribute_not_exists(#pk) OR #revision < :revision", values);
                match self.store.api().write(self.why, put).await {
                    Ok(_) | Err(Refusal::Condition(_)) => Ok(()),
                    Err(error) => Err(StoreError::from(error)),
                }
            };
            stream::iter(entries).map(put).buffer_unordered(16).try_collect::<()>().await?;
        }
        let values = Item::default().number(":revision", usage.revision);
        let done = Write::update(self.table(), self.usage_key(), "REMOVE #pending", Item::default());
        match self.store.api().write(self.why, done.when("#revision = :revision", values)).await {
            Ok(_) | Err(Refusal::Condition(_)) => {}
            Err(error) => return Err(error.into()),
        }
        self.store.large().delete(name).await;
        Ok(true)
    }

    async fn delete(&self, keys: &[String]) -> Result<(), StoreError> {
        let mut patience = self.store.api().patience();
        loop {
            let Found { usage, values } = self.read(keys.iter().map(String::as_str)).await?;
            if self.finish(&usage).await? {
                continue;
            }
            if values.is_empty() {
                return Ok(());
            }
            let freed: u64 = values.iter().map(|(key, item)| kept_size(key, item)).sum();
            let mut writes = vec![self.note_used(&usage, usage.bytes.saturating_sub(freed), None)];
            writes.extend(values.values().map(|item| Write::delete(self.table(), item.its_key())));
            match self.store.api().transact(self.why, writes).await {
                Err(Refusal::Cancelled(_)) if patience.wait().await => {}
                done => return Ok(done?),
            }
        }
    }

    /// Raises the revision, if it is still what was read.
    fn note_used(&self, before: &Usage, bytes: u64, pending: Option<&str>) -> Write<'a> {
        let item = self.usage_key().number("bytes", bytes).number("revision", before.revision + 1);
        let item = pending.into_iter().fold(item, |item, name| item.text("pending", name));
        let put = Write::put(self.table(), item);
        match before.revision {
            0 => put.when_absent(),
            revision => put.when("#revision = :before", Item::default().number(":before", revision)),
        }
    }

    /// Where something was set before, there is a project.
    fn project_at_first(&self, usage: &Usage) -> Option<Write<'a>> {
        (usage.revision == 0).then(|| Write::exists(self.table(), project_key(self.project)))
    }

    fn value_item(&self, key: &str, value: &[u8], revision: u64) -> Result<Item, Refusal> {
        let item = add_inline(self.key(key).number("revision", revision).number("size", value.len() as u64), value);
        match item.find_bytes("body").map_or(0, <[u8]>::len) {
            0..=MAX_VALUE_BYTES => Ok(item),
            bytes => Err(Refusal::Failed(format!(
                "the value of {key} has {bytes} bytes; at most {MAX_VALUE_BYTES} can be kept"
            ))),
        }
    }
}

impl Usage {
    fn read(item: &Item) -> Result<Self, StoreError> {
        let pending = item.find_text("pending").map(str::to_owned);
        Ok(Self { bytes: item.get_number("bytes")?, revision: item.get_number("revision")?, pending })
    }
}

fn value(item: &Item) -> Result<Vec<u8>, StoreError> {
    match inline_body(item) {
        Body::Whole(value) => Ok(value.into()),
        Body::Gone => Err(StoreError::Failed("a plugin's value is missing in its item".to_owned())),
        Body::Unreadable(reason) => Err(StoreError::Failed(format!("a plugin's value cannot be read: {reason}"))),
    }
}

/// What an entry counts against the quota.
fn size(key: &str, value: usize) -> u64 {
    (key.len() + value) as u64
}

fn kept_size(key: &str, item: &Item) -> u64 {
    size(key, 0) + item.find_number("size").unwrap_or_default()
}

/// A whole set as an object: each length before what it is of, in four bytes, big-endian.
fn pack(entries: &BTreeMap<String, Vec<u8>>) -> Bytes {
    let mut packed = BytesMut::new();
    for part in entries.iter().flat_map(|(key, value)| [key.as_bytes(), value]) {
        packed.put_u32(part.len() as u32);
        packed.put_slice(part);
    }
    packed.freeze()
}

fn unpack(mut packed: Bytes) -> Option<Vec<(String, Bytes)>> {
    let mut part = || {
        let length = packed.try_get_u32().ok()? as usize;
        (length <= packed.len()).then(|| packed.split_to(length))
    };
    let mut entries = Vec::new();
    while let Some(key) = part() {
        entries.push((String::from_utf8(key.into()).ok()?, part()?));
    }
    packed.is_empty().then_some(entries)
}
