//! Versions: an item each, and their snapshots in the object store.

use async_trait::async_trait;
use bytes::Bytes;
use collabcanvas_canvas::ProjectId;

use super::DynamoStore;
use super::api::{Purpose, Query, Refusal};
use super::item::Item;
use super::write::Write;
use crate::{NewVersion, StoreError, Version, VersionStore};

#[async_trait]
impl VersionStore for DynamoStore {
    async fn create_version(
        &self,
        project: &ProjectId,
        version: NewVersion,
        snapshot: Bytes,
    ) -> Result<Version, StoreError> {
        let why = Purpose::of(project, "create-version");
        let NewVersion { name, seq, shapes, created_ms } = version;
        // Counted by itself, so that no two hosts make the same; a number that is lost is missed by nobody.
        let count = Write::update(
            &self.tables().journal,
            Item::numbered(project.as_str(), 0),
            "ADD #versions :one",
            Item::default().number(":one", 1),
        );
        let id = match self.api().write(why, count.when_present()).await {
            Ok(head) => head.unwrap_or_default().get_number("versions")?,
            Err(Refusal::Condition(_)) => return Err(StoreError::NoSuchProject(project.clone())),
            Err(error) => return Err(error.into()),
        };
        let object = format!("versions/{project}/{id}-{:016x}", rand::random::<u64>());
        self.large().put(&object, snapshot).await?;
        let item = key(project, id)
            .text("name", &name)
            .number("seq", seq)
            .number("shapes", shapes)
            .number("created_ms", created_ms)
            .text("object", object);
        self.api().write(why, Write::put(&self.tables().journal, item)).await?;
        Ok(Version { id, name, seq, shapes, created_ms })
    }

    async fn versions(&self, project: &ProjectId) -> Result<Vec<Version>, StoreError> {
        let query = Query {
            table: &self.tables().journal,
            condition: "#pk = :pk",
            values: Item::default().text(":pk", partition(project)),
            descending: true,
            ..Query::default()
        };
        let items = self.api().query(Purpose::of(project, "versions"), query).await?;
        items.iter().map(read_version).collect()
    }

    async fn version_snapshot(&self, project: &ProjectId, id: u64) -> Result<Option<Bytes>, StoreError> {
        let why = Purpose::of(project, "version-snapshot");
        match self.api().get(why, &self.tables().journal, key(project, id)).await? {
            Some(version) => self.large().get(version.get_text("object")?).await,
            None => Ok(None),
        }
    }
}

fn partition(project: &ProjectId) -> String {
    format!("versions/{project}")
}

fn key(project: &ProjectId, id: u64) -> Item {
    Item::numbered(partition(project), id)
}

fn read_version(item: &Item) -> Result<Version, StoreError> {
    Ok(Version {
        id: item.get_number("sk")?,
        name: item.get_text("name")?.to_owned(),
        seq: item.get_number("seq")?,
        shapes: item.get_number("shapes")?,
        created_ms: item.get_number("created_ms")?,
    })
}
