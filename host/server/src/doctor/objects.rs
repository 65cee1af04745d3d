use object_store::path::Path;
use object_store::{ObjectStoreExt, PutPayload};

use super::Finding;
use crate::identity::random_id;
use crate::stores::object_store;

const PART: &str = "objects";

/// Whether objects can be written, read and deleted.
pub(super) async fn look(address: &str) -> Vec<Finding> {
    vec![match try_object(address).await {
        Ok(()) => Finding::good(PART, format!("{address}: an object can be written, read and deleted")),
        Err((what, error)) => Finding::wrong(
            PART,
            format!("{address}: an object cannot be {what}: {error}"),
            "check that the bucket or folder exists, and that this host may s3:PutObject, s3:GetObject, s3:ListBucket and s3:DeleteObject in it",
        ),
    }]
}

async fn try_object(address: &str) -> Result<(), (&'static str, String)> {
    let store = object_store(address).map_err(|error| ("reached", format!("{error:#}")))?;
    let path = Path::from(format!("doctor/{}", random_id()));
    let failed = |what| move |error: object_store::Error| (what, error.to_string());
    let content = path.to_string().into_bytes();
    store.put(&path, PutPayload::from(content.clone())).await.map_err(failed("written"))?;
    let read = async { store.get(&path).await?.bytes().await };
    let read = read.await.map_err(failed("read"));
    store.delete(&path).await.map_err(failed("deleted"))?;
    match read? == content {
        true => Ok(()),
        false => Err(("read", "it comes back with another content".to_owned())),
    }
}
