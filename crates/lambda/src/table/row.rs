//! One row of the table.

use std::collections::HashMap;
use std::str::FromStr;

use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, PutRequest, WriteRequest};
use chinwag_chat::StoreError;

use super::{number, text};

/// A row, by its attributes' names.
#[derive(Debug, Clone, Default)]
pub(super) struct Row(pub(super) HashMap<String, AttributeValue>);

impl Row {
    pub(super) fn new(partition: &str, sort: &str, expires_at: i64) -> Self {
        Self::default()
            .with("pk", text(partition))
            .with("sk", text(sort))
            .with("expires_at", number(expires_at))
    }

    pub(super) fn with(mut self, name: &str, value: AttributeValue) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_s().ok().map(String::as_str)
    }

    pub(super) fn number<T: FromStr>(&self, name: &str) -> Option<T> {
        self.0.get(name)?.as_n().ok()?.parse().ok()
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.0.get(name).and_then(|value| value.as_bool().ok()).copied().unwrap_or_default()
    }

    /// What the row must have.
    pub(super) fn parsed<T: FromStr>(&self, name: &str) -> Result<T, StoreError> {
        let value = self.text(name).and_then(|value| value.parse().ok());
        value.ok_or_else(|| StoreError::Corrupt(format!("a row about a connection lacks `{name}`")))
    }

    /// Whether it has not ended.
    pub(super) fn is_live(&self, now_s: i64) -> bool {
        self.number("expires_at").is_none_or(|expires_at: i64| now_s < expires_at)
    }

    pub(super) fn put(self) -> Result<WriteRequest, StoreError> {
        let put = PutRequest::builder().set_item(Some(self.0)).build().map_err(super::failed)?;
        Ok(WriteRequest::builder().put_request(put).build())
    }

    pub(super) fn delete(partition: &str, sort: &str) -> Result<WriteRequest, StoreError> {
        let delete = DeleteRequest::builder().key("pk", text(partition)).key("sk", text(sort));
        Ok(WriteRequest::builder().delete_request(delete.build().map_err(super::failed)?).build())
    }
}
