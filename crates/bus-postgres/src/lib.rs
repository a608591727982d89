//! The bus over PostgreSQL's `LISTEN` and `NOTIFY`: for a cluster that is to need nothing but its database.
//!
//! Every node listens on one channel of the database, named after the schema, and gets every hint of the cluster. It sends
//! on a connection of its own: a `NOTIFY` takes a lock of the whole database when it commits, and the store's commits must
//! not wait for it. What is longer than a notification may be goes as the news that a channel has moved.
//!
//! Notifications come from the primary alone, so that is what both connections are to; after a failover the supervisor's
//! next attempt finds the new one.
#![forbid(unsafe_code)]

mod connect;
mod link;
mod refusal;

use async_trait::async_trait;
use chinwag_bus_remote::{Link, Wire, WireDescription, WireError};
use chinwag_store_postgres::Address;

/// A notification has less than 8000 bytes.
const MAX_MESSAGE_BYTES: usize = 7_999;

/// A way to the other nodes through PostgreSQL.
pub struct PostgresWire {
    address: Address,
    description: WireDescription,
}

impl PostgresWire {
    /// Of the address of a database, as the store has it.
    ///
    /// # Errors
    /// What is wrong with it, without repeating it.
    pub fn new(url: &str) -> Result<Self, WireError> {
        let address: Address = url.parse().map_err(|error| WireError::BadUrl {
            reason: format!("names no PostgreSQL database: {error}"),
        })?;
        let description = WireDescription {
            server: "PostgreSQL server",
            place: address.to_string(),
            max_message_bytes: MAX_MESSAGE_BYTES,
        };
        Ok(Self { address, description })
    }
}

#[async_trait]
impl Wire for PostgresWire {
    fn description(&self) -> &WireDescription {
        &self.description
    }

    async fn connect(&self) -> Result<Link, WireError> {
        connect::connect(&self.address, &self.description.place).await
    }
}
