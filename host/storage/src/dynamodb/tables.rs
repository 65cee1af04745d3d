//! The four tables: keys, indexes, and every access pattern, in this one place.
//!
//! Every item has a partition key `pk` and a sort key `sk`. A table's name has the server's prefix before it, for
//! example `collabcanvas-journal`. Times that end an item are `expires`, in seconds since 1970: DynamoDB deletes such
//! items for nothing some time after; who reads them looks at the time too.
//!
//! # `accounts`: `pk`, `sk` text; index `by_owner` (`owner`, `sk`); expires
//!
//! | what | `pk` | `sk` | `owner` | read by |
//! | --- | --- | --- | --- | --- |
//! | user | `user/USER` | `user` | | id |
//! | first operator | `operators` | `first` | | its key |
//! | login | `login/SHA256` | `login` | `user/USER` | cookie's hash; all of a user by index |
//! | invitation | `invitation/SHA256` | `invitation` | `project/PROJECT` | token's hash; all of a project by index |
//! | *to come:* e-mail address | `email/ADDRESS` | `user` | `user/USER` | address; made in one transaction with the user |
//! | *to come:* OpenID Connect subject | `subject/SHA256 of issuer and subject` | `user` | `user/USER` | subject, likewise |
//!
//! # `projects`: `pk`, `sk` text; expires
//!
//! | what | `pk` | `sk` | read by |
//! | --- | --- | --- | --- |
//! | project: name, plugins and their grants, save strategy | `project/PROJECT` | `project` | id; many at once for a user's list |
//! | member: role | `project/PROJECT` | `member/USER` | both ids; all of a project |
//! | membership: the same, the other way round, written in one transaction | `user/USER` | `project/PROJECT` | all of a user |
//! | a plugin's value | `data/PROJECT/PLUGIN` | `key/KEY` | keys; by prefix, in byte order |
//! | a plugin's usage in bytes, and a set of values on its way | `data/PROJECT/PLUGIN` | `usage` | its key |
//! | *to come:* comment | `comments/PROJECT` | `SHAPE/TIME-ID` | all of a shape, all of a project |
//! | *to come:* conversation's turn | `conversations/PROJECT` | `CONVERSATION/TURN` | all of a conversation, in order |
//! | *to come:* audit entry (expires) | `audit/PROJECT` | `TIME-ID` | the newest first |
//!
//! # `objects`: `pk`, `sk` text; expires
//!
//! | what | `pk` | `sk` | read by |
//! | --- | --- | --- | --- |
//! | checkpointed shape, with the transaction that last changed it | `PROJECT/SHARD` | `shape/SHAPE` | all of a shard |
//! | deletion, with its transaction (expires) | `PROJECT/SHARD` | `shape/SHAPE` | likewise |
//! | outbox's last number (expires) | `PROJECT/SHARD` | `client/USER/CLIENT` | likewise |
//!
//! A project has [`super::objects::SHARDS`] shards: one partition takes 1,000 written and 3,000 read units a second.
//!
//! # `journal`: `pk` text, `sk` number
//!
//! | what | `pk` | `sk` | read by |
//! | --- | --- | --- | --- |
//! | head: where the checkpoint is, how many versions there are | `PROJECT` | 0 | its key |
//! | log: batches, claims, closings | `PROJECT` | 1, 2, 3, … | from a place on; the last |
//! | version | `versions/PROJECT` | its id | all, the newest first |
//!
//! How the log keeps writers apart is told in [`super::journal`]. Snapshots of versions and what is too large for an
//! item are in the object store, see [`super::body`].

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::operation::describe_table::DescribeTableError;
use aws_sdk_dynamodb::operation::describe_time_to_live::DescribeTimeToLiveError;
use aws_sdk_dynamodb::operation::update_time_to_live::UpdateTimeToLiveError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, IndexStatus, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, TableDescription, TableStatus, TimeToLiveSpecification, TimeToLiveStatus,
};

use super::retry::{Cancellable, Patience, repeat};
use crate::StoreError;

/// How long a new table may take to become usable.
const CREATION: Duration = Duration::from_secs(180);

/// How long a request is repeated before it fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// The command that makes tables and mends them where that is possible.
const COMMAND: &str = "collabcanvas tables create";

impl Cancellable for CreateTableError {}
impl Cancellable for DescribeTableError {}
impl Cancellable for DescribeTimeToLiveError {}
impl Cancellable for UpdateTimeToLiveError {}

/// The names of the tables.
#[derive(Clone, Debug)]
pub(super) struct Tables {
    pub(super) accounts: String,
    pub(super) projects: String,
    pub(super) objects: String,
    pub(super) journal: String,
}

impl Tables {
    /// The tables whose names begin with `prefix`.
    pub(super) fn of(prefix: &str) -> Self {
        let name = |table: &str| format!("{prefix}{table}");
        Self {
            accounts: name("accounts"),
            projects: name("projects"),
            objects: name("objects"),
            journal: name("journal"),
        }
    }

    fn specs(&self) -> [Spec<'_>; 4] {
        let text = ScalarAttributeType::S;
        let spec = |name, sort, index, expires| Spec { name, sort, index, expires };
        [
            spec(&self.accounts, text.clone(), Some(("by_owner", "owner")), true),
            spec(&self.projects, text.clone(), None, true),
            spec(&self.objects, text, None, true),
            spec(&self.journal, ScalarAttributeType::N, None, false),
        ]
    }
}

/// What a table is like.
struct Spec<'a> {
    name: &'a str,
    /// The type of the sort key.
    sort: ScalarAttributeType,
    /// A global index: its name and partition key. It is sorted as the table is.
    index: Option<(&'static str, &'static str)>,
    /// Whether items may expire.
    expires: bool,
}

/// Makes the tables whose names begin with `prefix`, those that are missing, and waits until they can be used: seconds
/// with DynamoDB. They are billed on demand.
///
/// Errors: [`StoreError::Failed`], among other things when a table is there that is not as it should be.
pub async fn create(client: &Client, prefix: &str) -> Result<(), StoreError> {
    let tables = Tables::of(prefix);
    for spec in tables.specs() {
        if describe(client, spec.name).await?.is_none() {
            create_one(client, &spec).await?;
        }
    }
    for spec in tables.specs() {
        wait_until_active(client, spec.name).await?;
        if spec.expires {
            let_expire(client, spec.name).await?;
        }
    }
    check(client, prefix).await
}

/// Checks that the tables are there and as they should be, as a server does when it starts.
///
/// Errors: [`StoreError::CannotOpen`], which says what is missing or different, and what to do.
pub async fn check(client: &Client, prefix: &str) -> Result<(), StoreError> {
    let tables = Tables::of(prefix);
    let mut faults = Vec::new();
    let mut mendable = true;
    for spec in tables.specs() {
        match describe(client, spec.name).await? {
            None => faults.push(format!("there is no table {}", spec.name)),
            Some(found) => {
                let wrong = differences(&spec, &found);
                mendable &= wrong.is_empty();
                faults.extend(wrong);
                if spec.expires && !expires(client, spec.name).await? {
                    faults.push(format!("items of table {} do not expire by the attribute `expires`", spec.name));
                }
            }
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    let mend = if mendable {
        format!("run `{COMMAND}`")
    } else {
        format!("choose another table prefix, or delete what is different and run `{COMMAND}`")
    };
    let reason = format!("{}: {mend}", faults.join("; "));
    Err(StoreError::CannotOpen { path: format!("DynamoDB tables {prefix}*"), reason })
}

async fn describe(client: &Client, name: &str) -> Result<Option<TableDescription>, StoreError> {
    match repeat(PATIENCE, || client.describe_table().table_name(name).send()).await {
        Ok(answer) => Ok(answer.table),
        Err(refused) => match refused.error.as_service_error() {
            Some(error) if error.is_resource_not_found_exception() => Ok(None),
            _ => Err(failed(name, &refused)),
        },
    }
}

async fn expires(client: &Client, name: &str) -> Result<bool, StoreError> {
    let answer = repeat(PATIENCE, || client.describe_time_to_live().table_name(name).send()).await;
    let answer = answer.map_err(|refused| failed(name, &refused))?;
    Ok(answer.time_to_live_description().is_some_and(|expiry| {
        matches!(expiry.time_to_live_status(), Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling))
            && expiry.attribute_name() == Some("expires")
    }))
}

async fn let_expire(client: &Client, name: &str) -> Result<(), StoreError> {
    if expires(client, name).await? {
        return Ok(());
    }
    let expiry = TimeToLiveSpecification::builder().enabled(true).attribute_name("expires").build();
    let expiry = expiry.map_err(|error| StoreError::Failed(error.to_string()))?;
    let request = client.update_time_to_live().table_name(name).time_to_live_specification(expiry);
    match repeat(PATIENCE, || request.clone().send()).await {
        Ok(_) => Ok(()),
        // It was switched on meanwhile, by this request or another host's.
        Err(_) if expires(client, name).await? => Ok(()),
        Err(refused) => Err(failed(name, &refused)),
    }
}

async fn create_one(client: &Client, spec: &Spec<'_>) -> Result<(), StoreError> {
    let wrong = |error: aws_sdk_dynamodb::error::BuildError| StoreError::Failed(error.to_string());
    let attribute = |name: &str, kind: ScalarAttributeType| {
        AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().map_err(wrong)
    };
    let part =
        |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().map_err(wrong);
    let mut request = client
        .create_table()
        .table_name(spec.name)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute("pk", ScalarAttributeType::S)?)
        .attribute_definitions(attribute("sk", spec.sort.clone())?)
        .key_schema(part("pk", KeyType::Hash)?)
        .key_schema(part("sk", KeyType::Range)?);
    if let Some((index, partition)) = spec.index {
        let index = GlobalSecondaryIndex::builder()
            .index_name(index)
            .key_schema(part(partition, KeyType::Hash)?)
            .key_schema(part("sk", KeyType::Range)?)
            .projection(Projection::builder().projection_type(ProjectionType::All).build());
        request = request
            .attribute_definitions(attribute(partition, ScalarAttributeType::S)?)
            .global_secondary_indexes(index.build().map_err(wrong)?);
    }
    match repeat(PATIENCE, || request.clone().send()).await {
        Ok(_) => Ok(()),
        Err(refused) => match refused.error.as_service_error() {
            // Another host makes it at the same time, or this one has, and the answer was lost.
            Some(error) if error.is_resource_in_use_exception() => Ok(()),
            _ => Err(failed(spec.name, &refused)),
        },
    }
}

async fn wait_until_active(client: &Client, name: &str) -> Result<(), StoreError> {
    let mut patience = Patience::of(CREATION);
    loop {
        let found = describe(client, name).await?;
        let is_active = found.is_some_and(|table| {
            table.table_status() == Some(&TableStatus::Active)
                && table
                    .global_secondary_indexes()
                    .iter()
                    .all(|index| index.index_status().is_none_or(|status| *status == IndexStatus::Active))
        });
        if is_active {
            return Ok(());
        }
        if !patience.wait().await {
            return Err(failed(name, &format!("it cannot be used {CREATION:?} after it was made")));
        }
    }
}

/// What of a table is not as it should be.
fn differences(spec: &Spec<'_>, found: &TableDescription) -> Vec<String> {
    let key = |schema: &[KeySchemaElement]| {
        let kind = |name: &str| {
            let definition = found.attribute_definitions().iter().find(|attribute| attribute.attribute_name() == name);
            definition.map_or_else(String::new, |attribute| attribute.attribute_type().as_str().to_owned())
        };
        let parts = schema.iter().map(|part| format!("{} {}", part.attribute_name(), kind(part.attribute_name())));
        parts.collect::<Vec<_>>().join(", ")
    };
    let mut wrong = Vec::new();
    let (wanted, has) = (format!("pk S, sk {}", spec.sort.as_str()), key(found.key_schema()));
    if wanted != has {
        wrong.push(format!("table {} has the key ({has}), not ({wanted})", spec.name));
    }
    if let Some((name, partition)) = spec.index {
        let index = found.global_secondary_indexes().iter().find(|index| index.index_name() == Some(name));
        let wanted = format!("{partition} S, sk {}", spec.sort.as_str());
        match index.map(|index| key(index.key_schema())) {
            None => wrong.push(format!("table {} has no index {name} ({wanted})", spec.name)),
            Some(has) if has != wanted => {
                wrong.push(format!("index {name} of table {} has the key ({has}), not ({wanted})", spec.name));
            }
            Some(_) => {}
        }
    }
    wrong
}

fn failed(table: &str, reason: &dyn std::fmt::Display) -> StoreError {
    StoreError::Failed(format!("DynamoDB's table {table}: {reason}"))
}
