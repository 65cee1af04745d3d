//! Whether the tables can be used as the store uses them: for `collabcanvas doctor`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::{BoxError, DisplayErrorContext, SdkError};
use aws_sdk_dynamodb::primitives::{DateTime, DateTimeFormat};
use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Put, TransactWriteItem};

use super::now_s;
use super::tables::Tables;

/// Seconds after which DynamoDB deletes what a probe has left behind because it was cut short.
const EXPIRES: u64 = 60 * 60;

/// What came of trying the tables.
#[derive(Clone, Debug, Default)]
pub struct Probe {
    /// What did not work, in words.
    pub faults: Vec<String>,
    /// By how much DynamoDB's clock is ahead of this host's, in seconds, give or take half a second; none when it does
    /// not say.
    pub clock_ahead: Option<f64>,
}

/// Writes, reads, queries and deletes an item of its own in each table, with and without conditions.
pub async fn probe(client: &Client, prefix: &str) -> Probe {
    let tables = Tables::of(prefix);
    let mut probe = Probe::default();
    for table in [&tables.accounts, &tables.projects, &tables.objects, &tables.journal] {
        let key = key(*table == tables.journal);
        if let Err(fault) = try_table(client, table, &key).await {
            probe.faults.push(fault);
        }
        let delete = client.delete_item().table_name(table).set_key(Some(key)).send().await;
        if let Err(error) = delete {
            probe.faults.push(refused("DeleteItem", table, error));
        }
    }
    if let Err(fault) = try_index(client, &tables.accounts).await {
        probe.faults.push(fault);
    }
    if let Err(fault) = try_transaction(client, &tables).await {
        probe.faults.push(fault);
    }
    probe.clock_ahead = clock_ahead(client, &tables.accounts).await;
    probe
}

type Key = HashMap<String, AttributeValue>;

fn key(numbered: bool) -> Key {
    let sort = if numbered { AttributeValue::N("1".into()) } else { AttributeValue::S("probe".into()) };
    let partition = AttributeValue::S(format!("doctor/{:032x}", rand::random::<u128>()));
    HashMap::from([("pk".into(), partition), ("sk".into(), sort)])
}

async fn try_table(client: &Client, table: &str, key: &Key) -> Result<(), String> {
    let mut item = key.clone();
    item.insert("expires".into(), AttributeValue::N((now_s() + EXPIRES).to_string()));
    let put = || {
        let put = client.put_item().table_name(table).set_item(Some(item.clone()));
        put.condition_expression("attribute_not_exists(pk)").send()
    };
    put().await.map_err(|error| refused("PutItem", table, error))?;
    match put().await {
        Err(error) if error.as_service_error().is_some_and(|error| error.is_conditional_check_failed_exception()) => {}
        Err(error) => return Err(refused("PutItem", table, error)),
        Ok(_) => {
            return Err(format!(
                "table {table}: a write whose condition does not hold is not refused: hosts would overwrite each other"
            ));
        }
    }
    let get = client.get_item().table_name(table).set_key(Some(key.clone())).consistent_read(true).send().await;
    let got = get.map_err(|error| refused("GetItem", table, error))?;
    if got.item.is_none() {
        return Err(format!("table {table}: what was just written cannot be read"));
    }
    let update = client.update_item().table_name(table).set_key(Some(key.clone()));
    let update =
        update.update_expression("SET probed = :yes").expression_attribute_values(":yes", AttributeValue::Bool(true));
    update.send().await.map_err(|error| refused("UpdateItem", table, error))?;
    let query = client.query().table_name(table).key_condition_expression("pk = :pk");
    let query = query.expression_attribute_values(":pk", key["pk"].clone()).consistent_read(true);
    query.send().await.map_err(|error| refused("Query", table, error))?;
    Ok(())
}

async fn try_index(client: &Client, accounts: &str) -> Result<(), String> {
    let query = client.query().table_name(accounts).index_name("by_owner").key_condition_expression("#owner = :owner");
    let query = query.expression_attribute_names("#owner", "owner");
    let query = query.expression_attribute_values(":owner", AttributeValue::S("doctor".into()));
    query.send().await.map(drop).map_err(|error| refused("Query of index by_owner", accounts, error))
}

/// A transaction that changes nothing: its condition does not hold.
async fn try_transaction(client: &Client, tables: &Tables) -> Result<(), String> {
    let wrong = |error: aws_sdk_dynamodb::error::BuildError| error.to_string();
    let (one, other) = (key(false), key(false));
    let check = ConditionCheck::builder().table_name(&tables.projects).set_key(Some(one));
    let check = check.condition_expression("attribute_exists(pk)").build().map_err(wrong)?;
    let put = Put::builder().table_name(&tables.accounts).set_item(Some(other)).build().map_err(wrong)?;
    let items =
        [TransactWriteItem::builder().condition_check(check).build(), TransactWriteItem::builder().put(put).build()];
    match client.transact_write_items().set_transact_items(Some(items.into())).send().await {
        Err(error) if error.as_service_error().is_some_and(|error| error.is_transaction_canceled_exception()) => Ok(()),
        Err(error) => Err(refused("TransactWriteItems", &tables.accounts, error)),
        Ok(_) => Err("a transaction whose condition does not hold is not refused".to_owned()),
    }
}

/// The date in the head of an answer has whole seconds: on average it is half a second old.
async fn clock_ahead(client: &Client, table: &str) -> Option<f64> {
    let dates = Dates::default();
    let request = client.describe_table().table_name(table).customize().interceptor(dates.clone());
    // Also a refusal has a date.
    let _ = request.send().await;
    let seen = *dates.ahead.lock().unwrap_or_else(PoisonError::into_inner);
    seen.map(|ahead| ahead + 0.5)
}

/// Reads the dates of answers.
#[derive(Clone, Debug, Default)]
struct Dates {
    ahead: Arc<Mutex<Option<f64>>>,
}

impl Intercept for Dates {
    fn name(&self) -> &'static str {
        "Dates"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let there = context
            .response()
            .headers()
            .get("date")
            .and_then(|date| DateTime::from_str(date, DateTimeFormat::HttpDate).ok());
        let here = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |now| now.as_secs_f64());
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) = there.map(|there| there.as_secs_f64() - here);
        Ok(())
    }
}

fn refused<E: std::error::Error + 'static>(operation: &str, table: &str, error: SdkError<E>) -> String {
    format!("table {table}: {operation} does not work: {}", DisplayErrorContext(&error))
}
