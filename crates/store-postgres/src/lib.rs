//! The store of a cluster: a PostgreSQL database that every node writes to.
//!
//! Invariants:
//! - *Acknowledged means committed.* A command is answered after the commit of the transaction that holds its changes; what
//!   that survives is what the server was told to wait for (`synchronous_commit`, synchronous standbys).
//! - *Decided where it is written.* The domain's rules run inside that transaction, on rows that it has locked; so a room's
//!   numbers have no holes, however many nodes write to it.
//! - *Nobody waits in a circle.* Locks are taken in one order by everybody: rooms, then users, each by id.
//! - *Doubt is said.* Where the connection breaks over a commit, a post is looked up and, if it is missing, written;
//!   anything else is answered as unknown.
//! - *Only the primary.* A standby is neither read nor written: it is behind, and its word would be taken for the truth.
#![forbid(unsafe_code)]

mod address;
mod administration;
mod cluster;
mod connect;
mod connect_error;
mod contact;
mod counted;
mod decide;
mod duties;
mod exports;
mod facts;
mod fault;
mod fields;
mod files;
mod held;
mod job;
mod keys;
mod lease;
mod line;
mod log;
mod messages;
mod moderation;
mod notifications;
mod options;
mod ordered;
mod outage;
mod outbox;
mod plans;
mod pool;
mod posted;
mod probe;
mod profiles;
mod push;
mod questions;
mod revised;
mod rooms;
mod rows;
mod schema;
mod scribe;
mod search;
mod servers;
mod sessions;
mod shown;
mod statuses;
mod threads;
mod together;
mod user_log;
mod users;
mod view;
mod writer;

pub use address::{Address, BadAddress};
pub use connect_error::ConnectError;
pub use options::Options;

use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::{Bus, Epoch};

use pool::Pool;
use probe::Probe;
use questions::Questions;
use writer::Writer;

/// A store in a PostgreSQL database. When it is dropped, its writers end after the work that was handed in.
pub struct PostgresStore {
    epoch: Epoch,
    bus: Arc<dyn Bus>,
    place: Arc<str>,
    pool: Arc<Pool>,
    /// For the node's lease: however busy the pool is, a node that lives can say so.
    beats: Pool,
    probe: Probe,
    questions: Questions,
    writer: Writer,
}

impl PostgresStore {
    /// The database, for people: without the password.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Whether the server answers within that time, and is one that can be written.
    pub async fn is_available(&self, within: Duration) -> bool {
        self.writer.is_whole() && self.probe.sees_primary(within).await
    }
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresStore").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}
