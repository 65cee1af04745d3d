//! Items: reading and writing their attributes.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::StoreError;

/// The attributes of an item, of a key, or the values of an expression, by name.
pub(super) type Attributes = HashMap<String, AttributeValue>;

/// An item that is built or read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Item(pub(super) Attributes);

impl Item {
    /// A key, or an item that has nothing but its key yet.
    pub(super) fn key(partition: impl Into<String>, sort: impl Into<String>) -> Self {
        Self::default().text("pk", partition).text("sk", sort)
    }

    /// The same for tables that are sorted by number.
    pub(super) fn numbered(partition: impl Into<String>, sort: u64) -> Self {
        Self::default().text("pk", partition).number("sk", sort)
    }

    pub(super) fn text(self, name: &str, value: impl Into<String>) -> Self {
        self.with(name, AttributeValue::S(value.into()))
    }

    pub(super) fn number(self, name: &str, value: u64) -> Self {
        self.with(name, AttributeValue::N(value.to_string()))
    }

    pub(super) fn bytes(self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.with(name, AttributeValue::B(Blob::new(value)))
    }

    pub(super) fn flag(self, name: &str, value: bool) -> Self {
        self.with(name, AttributeValue::Bool(value))
    }

    pub(super) fn with(mut self, name: &str, value: AttributeValue) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    /// The key alone.
    pub(super) fn its_key(&self) -> Self {
        let part = |name: &str| self.0.get(name).map(|value| (name.to_owned(), value.clone()));
        Self(part("pk").into_iter().chain(part("sk")).collect())
    }

    pub(super) fn get_text(&self, name: &str) -> Result<&str, StoreError> {
        self.find_text(name).ok_or_else(|| self.lacks(name, "text"))
    }

    pub(super) fn find_text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_s().ok().map(String::as_str)
    }

    pub(super) fn get_number(&self, name: &str) -> Result<u64, StoreError> {
        self.find_number(name).ok_or_else(|| self.lacks(name, "a number"))
    }

    pub(super) fn find_number(&self, name: &str) -> Option<u64> {
        self.0.get(name)?.as_n().ok()?.parse().ok()
    }

    pub(super) fn find_bytes(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name)?.as_b().ok().map(Blob::as_ref)
    }

    pub(super) fn find_flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(|value| value.as_bool().ok()).copied().unwrap_or(false)
    }

    fn lacks(&self, name: &str, what: &str) -> StoreError {
        let part = |name| match self.0.get(name) {
            Some(AttributeValue::S(text) | AttributeValue::N(text)) => text.clone(),
            _ => "?".to_owned(),
        };
        StoreError::Failed(format!("the item {} {} has no {name} that is {what}", part("pk"), part("sk")))
    }
}
