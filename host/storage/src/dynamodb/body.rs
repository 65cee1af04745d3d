//! Contents of items: as they are where they are small, compressed where that makes them smaller, and in the object
//! store where they are too large for an item.
//!
//! An item holds at most 400 KB, and 1 KB of it costs as much to write as 1 KB of another. An object costs as much to
//! write as an item of about 8 KB but takes longer, so only large contents go there: [`INLINE`].

use std::io::{Read, Write};
use std::sync::Arc;

use bytes::Bytes;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use tokio::task::spawn_blocking;

use super::item::Item;
use crate::StoreError;

/// Larger contents, as they are kept, go to the object store.
const INLINE: usize = 64 * 1024;

/// Smaller contents are not worth compressing: they cost one unit either way.
const COMPRESSED: usize = 600;

/// Smaller contents are compressed as well as can be, which takes well under a millisecond: a small batch of a journal
/// is a few KB, and each KB less is a write unit less, and another when it is deleted.
const THOROUGH: usize = 16 * 1024;

/// Contents grow no larger than this when they are read: a batch may have 64 MiB.
const LARGEST: u64 = 256 * 1024 * 1024;

/// Where large contents are.
#[derive(Clone)]
pub(super) struct Objects {
    store: Arc<dyn ObjectStore>,
}

impl Objects {
    pub(super) fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self { store }
    }

    /// Keeps an object under a name that nothing has.
    pub(super) async fn put(&self, name: &str, content: Bytes) -> Result<(), StoreError> {
        let put = self.store.put(&Path::from(name), PutPayload::from_bytes(content)).await;
        put.map(drop).map_err(|error| failed("written", name, &error))
    }

    pub(super) async fn get(&self, name: &str) -> Result<Option<Bytes>, StoreError> {
        let read = async { self.store.get(&Path::from(name)).await?.bytes().await };
        match read.await {
            Ok(content) => Ok(Some(content)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed("read", name, &error)),
        }
    }

    /// Deletes an object. A failure leaves something that nobody refers to, which is only told to the log.
    pub(super) async fn delete(&self, name: &str) {
        match self.store.delete(&Path::from(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => tracing::warn!(name, %error, "an object that is no longer used could not be deleted"),
        }
    }

    /// Adds a content to an item. A large one is in the object store, below `folder`, before the item is.
    pub(super) async fn add_body(&self, item: Item, folder: &str, content: &Bytes) -> Result<Item, StoreError> {
        let (kept, is_packed) = match compressed_aside(content).await {
            Some(packed) => (Bytes::from(packed), true),
            None => (content.clone(), false),
        };
        let item = if is_packed { item.flag("packed", true) } else { item };
        if kept.len() <= INLINE {
            return Ok(item.bytes("body", kept));
        }
        let name = format!("{folder}/{:032x}", rand::random::<u128>());
        self.put(&name, kept).await?;
        Ok(item.text("object", name))
    }

    /// The content of an item. Errors: [`StoreError::Failed`] when the object store does.
    pub(super) async fn body(&self, item: &Item) -> Result<Body, StoreError> {
        let Some(name) = item.find_text("object") else { return Ok(inline_body(item)) };
        let Some(kept) = self.get(name).await? else { return Ok(Body::Gone) };
        let item = item.clone();
        let unpack = move || unpacked(&item, &kept);
        Ok(spawn_blocking(unpack).await.unwrap_or_else(|error| Body::Unreadable(error.to_string())))
    }
}

/// What became of a content.
#[derive(Debug)]
pub(super) enum Body {
    Whole(Bytes),
    /// There is none (any more).
    Gone,
    /// It is there, but cannot be read, for this reason.
    Unreadable(String),
}

/// Adds a content to an item that never has any in the object store.
pub(super) fn add_inline(item: Item, content: &[u8]) -> Item {
    match compressed(content) {
        Some(packed) => item.flag("packed", true).bytes("body", packed),
        None => item.bytes("body", content),
    }
}

/// The content of an item that never has any in the object store.
pub(super) fn inline_body(item: &Item) -> Body {
    match (item.find_bytes("body"), item.0.get("body")) {
        (Some(kept), _) => unpacked(item, kept),
        (None, None) => Body::Gone,
        (None, Some(_)) => Body::Unreadable("it is no bytes".to_owned()),
    }
}

fn unpacked(item: &Item, kept: &[u8]) -> Body {
    if !item.find_flag("packed") {
        return Body::Whole(Bytes::copy_from_slice(kept));
    }
    let mut content = Vec::new();
    match ZlibDecoder::new(kept).take(LARGEST).read_to_end(&mut content) {
        Ok(_) => Body::Whole(content.into()),
        Err(error) => Body::Unreadable(format!("it cannot be decompressed: {error}")),
    }
}

/// The same as [`compressed`], without holding up others where it takes long.
async fn compressed_aside(content: &Bytes) -> Option<Vec<u8>> {
    if content.len() <= INLINE {
        return compressed(content);
    }
    let content = content.clone();
    spawn_blocking(move || compressed(&content)).await.unwrap_or_default()
}

/// Smaller, if it can be made so.
fn compressed(content: &[u8]) -> Option<Vec<u8>> {
    if content.len() < COMPRESSED {
        return None;
    }
    let level = if content.len() <= THOROUGH { Compression::best() } else { Compression::fast() };
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(content.len() / 2), level);
    encoder.write_all(content).ok()?;
    encoder.finish().ok().filter(|packed| packed.len() < content.len())
}

fn failed(what: &str, name: &str, error: &object_store::Error) -> StoreError {
    StoreError::Failed(format!("the object {name} could not be {what}: {error}"))
}
