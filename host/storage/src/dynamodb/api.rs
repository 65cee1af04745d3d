//! The requests that the store makes: each is repeated while that may help, and what it costs is counted.
//!
//! In expressions a name is written `#name`, whatever words DynamoDB reserves; a value `:name`.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemError;
use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemError;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::get_item::GetItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::query::QueryError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    ReturnConsumedCapacity::Total, ReturnValue, ReturnValuesOnConditionCheckFailure::AllOld, TransactWriteItem,
};
use collabcanvas_canvas::ProjectId;
use smol_str::SmolStr;

use super::consumption::{Consumer, Consumption, Direction};
use super::item::{Attributes, Item};
use super::retry::{self, Cancellable, Patience};
use super::write::Write;
use crate::StoreError;

/// Who asks, for the count and for error messages.
#[derive(Clone, Copy)]
pub(super) struct Purpose<'a> {
    pub(super) project: Option<&'a ProjectId>,
    pub(super) operation: &'static str,
}

impl<'a> Purpose<'a> {
    pub(super) fn of(project: &'a ProjectId, operation: &'static str) -> Self {
        Self { project: Some(project), operation }
    }

    pub(super) fn account(operation: &'static str) -> Self {
        Self { project: None, operation }
    }

    fn consumer(&self) -> Consumer {
        let project = self.project.map_or_else(SmolStr::default, |project| SmolStr::new(project.as_str()));
        Consumer { project, operation: self.operation }
    }
}

/// Why a request was not done.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Its condition did not hold; the item that is there, if any. A request whose answer was lost may be refused
    /// because it went through: the item tells.
    Condition(Option<Item>),
    /// A transaction's conditions: which did not hold.
    Cancelled(Vec<bool>),
    /// It failed, in words.
    Failed(String),
}

impl From<Refusal> for StoreError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Condition(_) | Refusal::Cancelled(_) => {
                Self::Failed("somebody else changed the same at the same time: try again".to_owned())
            }
            Refusal::Failed(reason) => Self::Failed(reason),
        }
    }
}

/// An error that may say that a condition did not hold.
pub(super) trait Conditional: Cancellable + std::error::Error + 'static {
    fn refusal(&self) -> Option<Refusal> {
        None
    }
}

macro_rules! conditional {
    ($($error:ident)*) => {$(
        impl Cancellable for $error {}
        impl Conditional for $error {
            fn refusal(&self) -> Option<Refusal> {
                let Self::ConditionalCheckFailedException(failed) = self else { return None };
                Some(Refusal::Condition(failed.item().cloned().map(Item)))
            }
        }
    )*};
}

macro_rules! unconditional {
    ($($error:ident)*) => {$(
        impl Cancellable for $error {}
        impl Conditional for $error {}
    )*};
}

conditional!(PutItemError UpdateItemError DeleteItemError);
unconditional!(GetItemError QueryError BatchGetItemError BatchWriteItemError);

impl Conditional for TransactWriteItemsError {
    fn refusal(&self) -> Option<Refusal> {
        let Self::TransactionCanceledException(cancelled) = self else { return None };
        let failed = |code: Option<&str>| code == Some("ConditionalCheckFailed");
        let failed: Vec<bool> = cancelled.cancellation_reasons().iter().map(|reason| failed(reason.code())).collect();
        failed.contains(&true).then_some(Refusal::Cancelled(failed))
    }
}

/// The client, with patience and a meter.
pub(super) struct Api {
    client: Client,
    patience: Duration,
    consumption: Arc<Consumption>,
}

/// What a query looks for.
#[derive(Clone, Default)]
pub(super) struct Query<'a> {
    pub(super) table: &'a str,
    pub(super) index: Option<&'static str>,
    pub(super) condition: &'static str,
    pub(super) values: Item,
    pub(super) descending: bool,
    pub(super) limit: Option<u32>,
    /// Names of the attributes that are wanted, if not all.
    pub(super) projection: Option<&'static str>,
}

impl Api {
    pub(super) fn new(client: Client, patience: Duration) -> Self {
        Self { client, patience, consumption: Arc::default() }
    }

    pub(super) fn consumption(&self) -> &Arc<Consumption> {
        &self.consumption
    }

    pub(super) fn patience(&self) -> Patience {
        Patience::of(self.patience)
    }

    /// Reads an item as it is now.
    pub(super) async fn get(&self, why: Purpose<'_>, table: &str, key: Item) -> Result<Option<Item>, Refusal> {
        let request = self.client.get_item().table_name(table).set_key(Some(key.0)).consistent_read(true);
        let request = request.return_consumed_capacity(Total);
        let found = self.repeat(why, || request.clone().send()).await?;
        self.consumption.note(why.consumer(), Direction::Read, found.consumed_capacity());
        Ok(found.item.map(Item))
    }

    /// Puts, changes or deletes one item; what it is after a change, or was before a deletion.
    pub(super) async fn write(&self, why: Purpose<'_>, write: Write<'_>) -> Result<Option<Item>, Refusal> {
        let names = write.names();
        let (attributes, capacity) = match write {
            Write::Put { table, item, condition, values } => {
                let request = self.client.put_item().table_name(table).set_item(Some(item.0));
                let request = request.set_condition_expression(condition.map(str::to_owned));
                let request =
                    request.set_expression_attribute_values(given(values)).set_expression_attribute_names(names);
                let request = request.return_consumed_capacity(Total).return_values_on_condition_check_failure(AllOld);
                let put = self.repeat(why, || request.clone().send()).await?;
                (None, put.consumed_capacity)
            }
            Write::Update { table, key, change, condition, values } => {
                let request =
                    self.client.update_item().table_name(table).set_key(Some(key.0)).update_expression(change);
                let request = request.set_condition_expression(condition.map(str::to_owned));
                let request =
                    request.set_expression_attribute_values(given(values)).set_expression_attribute_names(names);
                let request = request.return_consumed_capacity(Total).return_values_on_condition_check_failure(AllOld);
                let request = request.return_values(ReturnValue::AllNew);
                let updated = self.repeat(why, || request.clone().send()).await?;
                (updated.attributes, updated.consumed_capacity)
            }
            Write::Delete { table, key, condition, values } => {
                let request = self.client.delete_item().table_name(table).set_key(Some(key.0));
                let request = request.set_condition_expression(condition.map(str::to_owned));
                let request =
                    request.set_expression_attribute_values(given(values)).set_expression_attribute_names(names);
                let request = request.return_consumed_capacity(Total).return_values_on_condition_check_failure(AllOld);
                let request = request.return_values(ReturnValue::AllOld);
                let deleted = self.repeat(why, || request.clone().send()).await?;
                (deleted.attributes, deleted.consumed_capacity)
            }
            Write::Check { .. } => return Err(Refusal::Failed("a check alone writes nothing".to_owned())),
        };
        self.consumption.note(why.consumer(), Direction::Write, capacity.as_ref());
        Ok(attributes.map(Item))
    }

    /// Does all of it or none, at twice the cost. Repetitions count as one for DynamoDB, by a token.
    pub(super) async fn transact(&self, why: Purpose<'_>, writes: Vec<Write<'_>>) -> Result<(), Refusal> {
        let items: Result<Vec<TransactWriteItem>, String> = writes.into_iter().map(Write::in_transaction).collect();
        let token = format!("{:032x}", rand::random::<u128>());
        let request = self.client.transact_write_items().set_transact_items(Some(items.map_err(Refusal::Failed)?));
        let request = request.client_request_token(token).return_consumed_capacity(Total);
        let done = self.repeat(why, || request.clone().send()).await?;
        self.consumption.note(why.consumer(), Direction::Write, done.consumed_capacity());
        Ok(())
    }

    /// All items that the query finds, or as many as it wants.
    pub(super) async fn query(&self, why: Purpose<'_>, query: Query<'_>) -> Result<Vec<Item>, Refusal> {
        let mut found = Vec::new();
        self.query_pages(why, query, |page| found.extend(page)).await?;
        Ok(found)
    }

    /// The same, a page of up to 1 MB at a time.
    pub(super) async fn query_pages(
        &self,
        why: Purpose<'_>,
        query: Query<'_>,
        mut page: impl FnMut(Vec<Item>),
    ) -> Result<(), Refusal> {
        let names = names_in([Some(query.condition), query.projection]);
        let request = self.client.query().table_name(query.table).set_index_name(query.index.map(str::to_owned));
        let request = request.key_condition_expression(query.condition).set_expression_attribute_names(names);
        let request = request.set_expression_attribute_values(given(query.values));
        let request = request.set_projection_expression(query.projection.map(str::to_owned));
        // An index has no consistent reads.
        let request = request.consistent_read(query.index.is_none()).scan_index_forward(!query.descending);
        let request = request.return_consumed_capacity(Total);
        let (mut left, mut start) = (query.limit, None::<Attributes>);
        loop {
            let limit = left.map(|left| i32::try_from(left).unwrap_or(i32::MAX));
            let request = request.clone().set_limit(limit).set_exclusive_start_key(start.take());
            let answer = self.repeat(why, || request.clone().send()).await?;
            self.consumption.note(why.consumer(), Direction::Read, answer.consumed_capacity());
            let items: Vec<Item> = answer.items.unwrap_or_default().into_iter().map(Item).collect();
            left = left.map(|left| left.saturating_sub(items.len() as u32));
            page(items);
            start = answer.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() || left == Some(0) {
                return Ok(());
            }
        }
    }

    /// Sends a request until it is answered or time is over.
    pub(super) async fn repeat<T, E, F>(&self, why: Purpose<'_>, send: impl FnMut() -> F) -> Result<T, Refusal>
    where
        E: Conditional,
        F: Future<Output = Result<T, SdkError<E>>>,
    {
        let unanswered = match retry::repeat(self.patience, send).await {
            Ok(answer) => return Ok(answer),
            Err(unanswered) => unanswered,
        };
        if let Some(refusal) = unanswered.error.as_service_error().and_then(Conditional::refusal) {
            return Err(refusal);
        }
        Err(match unanswered.out_of_patience {
            true => self.failed(why, &format!("still after {:?}: {unanswered}", self.patience)),
            false => self.failed(why, &unanswered),
        })
    }

    pub(super) fn failed(&self, why: Purpose<'_>, reason: &dyn Display) -> Refusal {
        let of = why.project.map(|project| format!(" for project {project}")).unwrap_or_default();
        Refusal::Failed(format!("DynamoDB did not do `{}`{of}: {reason}", why.operation))
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn note(
        &self,
        why: Purpose<'_>,
        direction: Direction,
        capacity: &[aws_sdk_dynamodb::types::ConsumedCapacity],
    ) {
        self.consumption.note(why.consumer(), direction, capacity);
    }
}

/// An expression's values; DynamoDB refuses an empty list of them.
pub(super) fn given(values: Item) -> Option<Attributes> {
    Some(values.0).filter(|values| !values.is_empty())
}

/// The names that expressions use: `#name` stands for `name`.
pub(super) fn names_in<'a>(expressions: impl IntoIterator<Item = Option<&'a str>>) -> Option<HashMap<String, String>> {
    let mut names = HashMap::new();
    for expression in expressions.into_iter().flatten() {
        for part in expression.split('#').skip(1) {
            let end = part.find(|next: char| !next.is_ascii_alphanumeric() && next != '_').unwrap_or(part.len());
            names.insert(format!("#{}", &part[..end]), part[..end].to_owned());
        }
    }
    Some(names).filter(|names| !names.is_empty())
}
