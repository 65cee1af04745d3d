//! Requests for many items at once. DynamoDB may leave some of them undone: those are asked for again.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{DeleteRequest, KeysAndAttributes, ReturnConsumedCapacity::Total, WriteRequest};

use super::api::{Api, Purpose, Refusal};
use super::consumption::Direction;
use super::item::Item;

/// Items in one request that reads.
const READ_AT_ONCE: usize = 100;

/// Items in one request that writes.
const WRITTEN_AT_ONCE: usize = 25;

impl Api {
    /// The items of these keys as they are now, those that exist, in no order. No key may come twice.
    pub(super) async fn get_many(&self, why: Purpose<'_>, table: &str, keys: Vec<Item>) -> Result<Vec<Item>, Refusal> {
        let mut found = Vec::new();
        for keys in keys.chunks(READ_AT_ONCE) {
            let keys = keys.iter().map(|key| key.0.clone()).collect();
            let wanted = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
            let wanted = wanted.map_err(|error| self.failed(why, &error))?;
            let mut wanted = HashMap::from([(table.to_owned(), wanted)]);
            let mut patience = self.patience();
            loop {
                let request = self.client().batch_get_item().set_request_items(Some(wanted));
                let request = request.return_consumed_capacity(Total);
                let answer = self.repeat(why, || request.clone().send()).await?;
                self.note(why, Direction::Read, answer.consumed_capacity());
                let items = answer.responses.and_then(|mut tables| tables.remove(table)).unwrap_or_default();
                found.extend(items.into_iter().map(Item));
                wanted = answer.unprocessed_keys.unwrap_or_default();
                if wanted.is_empty() {
                    break;
                }
                if !patience.wait().await {
                    return Err(self.failed(why, &"it is too busy to read everything"));
                }
            }
        }
        Ok(found)
    }

    /// Deletes the items of these keys. No key may come twice.
    pub(super) async fn delete_many(&self, why: Purpose<'_>, table: &str, keys: Vec<Item>) -> Result<(), Refusal> {
        for keys in keys.chunks(WRITTEN_AT_ONCE) {
            let mut requests = Vec::new();
            for key in keys {
                let request = DeleteRequest::builder().set_key(Some(key.0.clone())).build();
                let request = request.map_err(|error| self.failed(why, &error))?;
                requests.push(WriteRequest::builder().delete_request(request).build());
            }
            let mut left = HashMap::from([(table.to_owned(), requests)]);
            let mut patience = self.patience();
            loop {
                let request = self.client().batch_write_item().set_request_items(Some(left));
                let request = request.return_consumed_capacity(Total);
                let answer = self.repeat(why, || request.clone().send()).await?;
                self.note(why, Direction::Write, answer.consumed_capacity());
                left = answer.unprocessed_items.unwrap_or_default();
                if left.is_empty() {
                    break;
                }
                if !patience.wait().await {
                    return Err(self.failed(why, &"it is too busy to delete everything"));
                }
            }
        }
        Ok(())
    }
}
