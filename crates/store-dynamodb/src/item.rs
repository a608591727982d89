//! An item: its key, a version, a record as JSON, and the few marks by which it is filtered or found.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use chinwag_chat::{StoreError, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The attributes.
pub(crate) const PK: &str = "pk";
pub(crate) const SK: &str = "sk";
pub(crate) const VERSION: &str = "v";
pub(crate) const DOC: &str = "d";
pub(crate) const EXPIRES_AT: &str = "expires_at";
/// The index by which items are found in another order, and its keys.
pub(crate) const INDEX: &str = "by_time";
pub(crate) const INDEX_PK: &str = "ipk";
pub(crate) const INDEX_SK: &str = "isk";

/// Where an item is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

impl Key {
    pub(crate) fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }

    pub(crate) fn attributes(&self) -> HashMap<String, AttributeValue> {
        HashMap::from([(PK.to_owned(), text(&self.pk)), (SK.to_owned(), text(&self.sk))])
    }
}

/// An item as it was read.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) key: Key,
    pub(crate) version: String,
    pub(crate) doc: String,
}

/// An item as it is to be.
#[derive(Debug, Clone)]
pub(crate) struct NewItem {
    pub(crate) key: Key,
    pub(crate) doc: String,
    marks: Vec<(&'static str, String)>,
    expires_at: Option<Timestamp>,
}

impl NewItem {
    /// An item that holds that record.
    pub(crate) fn of(key: Key, record: &impl Serialize) -> Result<Self, StoreError> {
        let doc = serde_json::to_string(record).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        Ok(Self { key, doc, marks: vec![], expires_at: None })
    }

    /// An item that says all by being there.
    pub(crate) fn bare(key: Key) -> Self {
        Self { key, doc: "null".to_owned(), marks: vec![], expires_at: None }
    }

    /// The same with an attribute to filter by.
    pub(crate) fn marked(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.marks.push((name, value.into()));
        self
    }

    /// The same with that attribute where it is so.
    pub(crate) fn marked_if(self, is_so: bool, name: &'static str) -> Self {
        if is_so { self.marked(name, "1") } else { self }
    }

    /// The same, to be found by the index too.
    pub(crate) fn indexed(self, (pk, sk): (String, String)) -> Self {
        self.marked(INDEX_PK, pk).marked(INDEX_SK, sk)
    }

    /// The same, which may be thrown away after that time.
    pub(crate) fn expiring(mut self, at: Timestamp) -> Self {
        self.expires_at = Some(at);
        self
    }

    /// About how much it weighs.
    pub(crate) fn bytes(&self) -> usize {
        self.doc.len() + 200
    }

    pub(crate) fn attributes(&self, version: &str) -> HashMap<String, AttributeValue> {
        let mut attributes = self.key.attributes();
        attributes.insert(VERSION.to_owned(), text(version));
        attributes.insert(DOC.to_owned(), text(&self.doc));
        for (name, value) in &self.marks {
            attributes.insert((*name).to_owned(), text(value));
        }
        if let Some(at) = self.expires_at {
            attributes.insert(EXPIRES_AT.to_owned(), AttributeValue::N(at.unix_seconds().to_string()));
        }
        attributes
    }
}

impl Item {
    pub(crate) fn read(mut attributes: HashMap<String, AttributeValue>) -> Result<Self, StoreError> {
        let mut take = |name: &str| match attributes.remove(name) {
            Some(AttributeValue::S(value)) => Ok(value),
            _ => Err(StoreError::Corrupt(format!("an item has no {name}"))),
        };
        Ok(Self { key: Key { pk: take(PK)?, sk: take(SK)? }, version: take(VERSION)?, doc: take(DOC)? })
    }

    /// What it holds.
    pub(crate) fn record<T: DeserializeOwned>(&self) -> Result<T, StoreError> {
        parse(&self.key, &self.doc)
    }
}

/// The record that an item holds.
pub(crate) fn parse<T: DeserializeOwned>(key: &Key, doc: &str) -> Result<T, StoreError> {
    serde_json::from_str(doc).map_err(|error| StoreError::Corrupt(format!("{} {}: {error}", key.pk, key.sk)))
}

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}
