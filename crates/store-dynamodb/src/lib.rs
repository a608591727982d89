//! The store in one table of Amazon DynamoDB: nothing to run, nothing to size.
//!
//! A command is decided on what was read, and written by one transaction that holds only as long as what was read is still
//! so: the room's version is read before anything else of the room, and pinned. Whoever was overtaken reads and decides
//! again. Every item carries a version that is another one at each write (`unit.rs`); a room's own counters are in its item,
//! so that no order comes from a clock. What must be found in another way than by its key has an item that leads there
//! (`keys.rs` lists all of them).
//!
//! Nothing here is deleted by its age: where an item has an `expires_at`, DynamoDB may throw it away some day, and whoever
//! reads it before looks at the time themselves.
#![forbid(unsafe_code)]

mod administration;
mod audit;
mod commit;
mod create_table;
mod duties;
mod erasure;
mod exports;
mod facts;
mod fault;
mod files;
mod flow;
mod item;
mod keys;
mod large;
mod log;
mod messages;
mod moderation;
mod notifications;
mod open;
mod outbox;
mod owed;
mod page;
mod people;
mod profiles;
mod programs;
mod push;
mod records;
mod rooms;
mod search;
mod sessions;
mod statuses;
mod table;
mod threads;
mod trimming;
mod unit;
mod users;
mod view;
mod writer;
mod writes;

use std::fmt;
use std::sync::Arc;

use chinwag_chat::Epoch;

pub use open::{Config, OpenError};
pub use outbox::DynamoOutbox;

use crate::table::Table;
use crate::writer::Writer;

/// The store. Cheap to clone: all clones are one.
#[derive(Clone)]
pub struct DynamoStore {
    epoch: Epoch,
    table: Arc<Table>,
    writer: Arc<Writer>,
}

impl fmt::Debug for DynamoStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamoStore").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}
