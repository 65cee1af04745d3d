//! Where this server keeps things: in its data folder, or in what it shares with other hosts.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use collabcanvas_rooms::Stores;
use collabcanvas_storage::dynamodb::{self, DynamoStore};
use collabcanvas_storage::{AccountStore, ProjectStore, RedisConfig, RedisHotTier, SqliteStore};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;
use url::Url;

use crate::config::ManyHosts;

/// What the server opens before anything else.
pub(crate) struct Opened {
    pub accounts: Arc<dyn AccountStore>,
    pub projects: Arc<dyn ProjectStore>,
    /// What rooms need.
    pub rooms: Stores,
    /// What this host shares with others, if it does.
    pub shared: Option<SharedTiers>,
}

/// What many hosts share.
#[derive(Clone)]
pub(crate) struct SharedTiers {
    pub redis: Arc<RedisHotTier>,
    pub store: DynamoStore,
    pub objects: Arc<dyn ObjectStore>,
}

/// Opens the stores of a server on its own.
pub(crate) async fn open_folder(data: &Path) -> anyhow::Result<Opened> {
    let path = data.join("collabcanvas.sqlite");
    let opened = tokio::task::spawn_blocking(move || SqliteStore::open(&path)).await?;
    let store = Arc::new(opened?);
    let rooms = Stores {
        canvas: store.clone(),
        projects: store.clone(),
        plugin_data: store.clone(),
        versions: store.clone(),
        hot: None,
    };
    Ok(Opened { accounts: store.clone(), projects: store, rooms, shared: None })
}

/// Connects to what many hosts share. Errors say which part of it cannot be reached, or is not as it should be.
pub(crate) async fn open_shared(hosts: &ManyHosts) -> anyhow::Result<Opened> {
    let objects = object_store(&hosts.objects)?;
    let advice = "`collabcanvas doctor` with the same settings looks closer";
    let tables = async {
        let client = dynamo_client(&hosts.dynamodb).await?;
        let opened = DynamoStore::open(client, &hosts.tables, objects.clone()).await;
        opened.with_context(|| format!("the store at --dynamodb {} cannot be used; {advice}", hosts.dynamodb))
    };
    let redis = async {
        let config = RedisConfig::new(&hosts.redis);
        collabcanvas_storage::inspect_redis(&config)
            .await
            .with_context(|| format!("Redis at {} cannot be used; {advice}", without_password(&hosts.redis)))?;
        Ok(RedisHotTier::connect(config).await?)
    };
    let (store, redis) = tokio::try_join!(tables, redis)?;
    let shared = Arc::new(store.clone());
    let rooms = Stores {
        canvas: shared.clone(),
        projects: shared.clone(),
        plugin_data: shared.clone(),
        versions: shared.clone(),
        hot: Some(redis.clone()),
    };
    let shared_tiers = SharedTiers { redis, store, objects };
    Ok(Opened { accounts: shared.clone(), projects: shared, rooms, shared: Some(shared_tiers) })
}

/// A client for `aws`, or for the server at an address.
pub(crate) async fn dynamo_client(address: &str) -> anyhow::Result<dynamodb::Client> {
    match address {
        "aws" => Ok(dynamodb::client().await),
        _ if address.starts_with("http://") || address.starts_with("https://") => Ok(dynamodb::client_at(address)),
        _ => bail!("--dynamodb {address:?} is neither `aws` nor an http(s) address"),
    }
}

/// The object store at an address. One in a folder makes the folder.
pub(crate) fn object_store(address: &str) -> anyhow::Result<Arc<dyn ObjectStore>> {
    let forms = "it takes s3://BUCKET/PREFIX or file:///FOLDER";
    let url = Url::parse(address).with_context(|| format!("--objects {address:?} is no address: {forms}"))?;
    match url.scheme() {
        "file" => {
            let Ok(folder) = url.to_file_path() else { bail!("--objects {address:?} names no folder: {forms}") };
            std::fs::create_dir_all(&folder)
                .with_context(|| format!("the folder of --objects, {}, cannot be made", folder.display()))?;
            Ok(Arc::new(LocalFileSystem::new_with_prefix(folder)?.with_automatic_cleanup(true)))
        }
        "s3" => {
            let opened = object_store::parse_url_opts(&url, std::env::vars());
            let (store, prefix) = opened.with_context(|| format!("--objects {address:?} cannot be used"))?;
            Ok(Arc::new(PrefixStore::new(store, prefix)))
        }
        other => bail!("--objects begins with {other}://: {forms}"),
    }
}

/// An address as it may stand in a log.
pub(crate) fn without_password(address: &str) -> String {
    match Url::parse(address) {
        Ok(mut url) if url.password().is_some() => {
            // Refused only for addresses without a host, which have no password either.
            let _ = url.set_password(Some("…"));
            url.to_string()
        }
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_objects_that_makes_no_sense_is_refused_with_the_forms_that_do() {
        for address in ["bucket", "ftp://host/x", "gs://bucket"] {
            let error = format!("{:#}", object_store(address).map(drop).unwrap_err());
            assert!(error.contains("s3://BUCKET/PREFIX"), "{error}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let shown = without_password("redis://ada:secret@host:6379");
        assert!(!shown.contains("secret") && shown.contains("host:6379"), "{shown}");
        assert_eq!(without_password("redis://host:6379"), "redis://host:6379");
    }
}
