//! The port `Cluster`: what nodes know of each other, in the database that they share. The work is done by the functions
//! of migration 2; here is only how they are called.

mod connections;
mod nodes;

use chinwag_chat::cluster::Incarnation;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fault::Fault;

/// Any 64 bits are a number to PostgreSQL, as long as it may think that they have a sign.
fn number_of(incarnation: Incarnation) -> i64 {
    incarnation.0.cast_signed()
}

fn milliseconds(time: std::time::Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn to_json(value: &impl Serialize) -> Result<String, chinwag_chat::StoreError> {
    serde_json::to_string(value).map_err(|error| chinwag_chat::StoreError::Corrupt(error.to_string()))
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(Fault::damaged)
}
