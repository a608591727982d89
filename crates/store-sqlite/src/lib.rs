//! The embedded store: one SQLite file, for one node with nothing beside it.
//!
//! Invariants:
//! - *Acknowledged means durable.* Every write goes through one [writer] thread, which gathers whatever waits into one
//!   transaction, and answers only after the commit, which under `synchronous=FULL` ends with an fsync.
//! - *Decided where it is written.* The domain's rules run inside that transaction, on the rows that it then changes.
//! - *Readers see only what is durable.* They have read-only connections of their own; a commit becomes visible to them
//!   after its fsync.
//! - *One process per file.* An advisory lock beside the file keeps a second one out.
//! - *Nothing is overwritten in doubt.* A file that is damaged, foreign or newer stops the start with an [`OpenError`]
//!   that names it and says what to do.
#![forbid(unsafe_code)]

mod additions;
mod administration;
mod answers;
mod check;
mod commit;
mod duties;
mod exports;
mod facts;
mod fault;
mod fields;
mod files;
mod job;
mod keys;
mod lock;
mod log;
mod look_ups;
mod messages;
mod moderation;
mod notifications;
mod open;
mod open_error;
mod options;
mod outbox;
mod page;
mod profiles;
mod push;
mod query;
mod readers;
mod rooms;
mod schema;
mod search;
mod secrets;
mod sessions;
mod statuses;
mod users;
mod view;
mod wal;
mod writer;

pub use open_error::OpenError;
pub use options::Options;
pub use outbox::SqliteOutbox;

use std::sync::Arc;

use chinwag_chat::{Bus, Epoch};

use look_ups::LookUps;
use readers::Readers;
use writer::Writer;

/// A store in one SQLite file. Dropping it ends its writer after the work that was handed in, and closes the file.
pub struct SqliteStore {
    epoch: Epoch,
    bus: Arc<dyn Bus>,
    // Before the writer: the connection that closes last empties the write-ahead log, and only the writer's can.
    readers: Arc<Readers>,
    look_ups: Arc<LookUps>,
    writer: Writer,
}

impl SqliteStore {
    /// Why the store has stopped taking writes until it is opened anew, if it has: the disk failed during a commit, and
    /// what it holds of that commit is unknown.
    #[must_use]
    pub fn write_failure(&self) -> Option<String> {
        self.writer.failure()
    }
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}
