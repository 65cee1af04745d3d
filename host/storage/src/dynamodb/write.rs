//! One change of one item, alone or in a transaction.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{ConditionCheck, Delete, Put, TransactWriteItem, Update};

use super::api::{given, names_in};
use super::item::Item;

/// A change of an item, under a condition.
#[derive(Clone, Debug)]
pub(super) enum Write<'a> {
    /// Puts an item in the place of what is there.
    Put { table: &'a str, item: Item, condition: Option<&'static str>, values: Item },
    /// Changes an item, or makes it.
    Update { table: &'a str, key: Item, change: &'static str, condition: Option<&'static str>, values: Item },
    /// Deletes an item, if it is there.
    Delete { table: &'a str, key: Item, condition: Option<&'static str>, values: Item },
    /// Changes nothing; a transaction's other writes depend on it.
    Check { table: &'a str, key: Item, condition: &'static str, values: Item },
}

impl<'a> Write<'a> {
    pub(super) fn put(table: &'a str, item: Item) -> Self {
        Self::Put { table, item, condition: None, values: Item::default() }
    }

    pub(super) fn update(table: &'a str, key: Item, change: &'static str, values: Item) -> Self {
        Self::Update { table, key, change, condition: None, values }
    }

    pub(super) fn delete(table: &'a str, key: Item) -> Self {
        Self::Delete { table, key, condition: None, values: Item::default() }
    }

    /// Requires the item to be there.
    pub(super) fn exists(table: &'a str, key: Item) -> Self {
        Self::Check { table, key, condition: "attribute_exists(#pk)", values: Item::default() }
    }

    /// Only if the condition holds.
    pub(super) fn when(mut self, text: &'static str, more: Item) -> Self {
        match &mut self {
            Self::Put { condition, values, .. }
            | Self::Update { condition, values, .. }
            | Self::Delete { condition, values, .. } => {
                *condition = Some(text);
                values.0.extend(more.0);
            }
            Self::Check { condition, values, .. } => {
                *condition = text;
                values.0.extend(more.0);
            }
        }
        self
    }

    /// Only if there is no item of this key.
    pub(super) fn when_absent(self) -> Self {
        self.when("attribute_not_exists(#pk)", Item::default())
    }

    /// Only if there is an item of this key.
    pub(super) fn when_present(self) -> Self {
        self.when("attribute_exists(#pk)", Item::default())
    }

    pub(super) fn names(&self) -> Option<HashMap<String, String>> {
        match self {
            Self::Put { condition, .. } | Self::Delete { condition, .. } => names_in([*condition]),
            Self::Update { change, condition, .. } => names_in([Some(*change), *condition]),
            Self::Check { condition, .. } => names_in([Some(*condition)]),
        }
    }

    /// The same as a part of a transaction. The error says which part is missing.
    pub(super) fn in_transaction(self) -> Result<TransactWriteItem, String> {
        let names = self.names();
        let part = TransactWriteItem::builder();
        let part = match self {
            Self::Put { table, item, condition, values } => {
                let put = Put::builder().table_name(table).set_item(Some(item.0));
                let put = put.set_condition_expression(condition.map(str::to_owned));
                let put = put.set_expression_attribute_names(names).set_expression_attribute_values(given(values));
                part.put(put.build().map_err(|error| error.to_string())?)
            }
            Self::Update { table, key, change, condition, values } => {
                let update = Update::builder().table_name(table).set_key(Some(key.0)).update_expression(change);
                let update = update.set_condition_expression(condition.map(str::to_owned));
                let update =
                    update.set_expression_attribute_names(names).set_expression_attribute_values(given(values));
                part.update(update.build().map_err(|error| error.to_string())?)
            }
            Self::Delete { table, key, condition, values } => {
                let delete = Delete::builder().table_name(table).set_key(Some(key.0));
                let delete = delete.set_condition_expression(condition.map(str::to_owned));
                let delete =
                    delete.set_expression_attribute_names(names).set_expression_attribute_values(given(values));
                part.delete(delete.build().map_err(|error| error.to_string())?)
            }
            Self::Check { table, key, condition, values } => {
                let check = ConditionCheck::builder().table_name(table).set_key(Some(key.0));
                let check = check.condition_expression(condition).set_expression_attribute_names(names);
                let check = check.set_expression_attribute_values(given(values));
                part.condition_check(check.build().map_err(|error| error.to_string())?)
            }
        };
        Ok(part.build())
    }
}
