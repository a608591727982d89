//! A store that keeps everything in memory and nothing beyond the process: for tests, demonstrations, and comparisons
//! with servers that keep nothing.
//!
//! It makes the same decisions as every store ([`rules::decide`](chinwag_chat::rules::decide)) and passes the same
//! conformance suite. All tables are behind one lock, which is held for microseconds and never across an `await`: reads
//! go side by side, writes one after the other, and a write is announced before the next one begins.
#![forbid(unsafe_code)]

mod administration;
mod commit;
mod duties;
mod exports;
mod facts;
mod files;
mod keys;
mod log;
mod messages;
mod moderation;
mod notifications;
mod outbox;
mod page;
mod profiles;
mod push;
mod rooms;
mod search;
mod sessions;
mod statuses;
mod tables;
mod users;
mod view;

use std::fmt;
use std::sync::Arc;

use chinwag_chat::{Bus, Entropy, Epoch};
use parking_lot::RwLock;

pub use outbox::MemoryOutbox;

use crate::tables::Tables;

/// The store.
pub struct MemoryStore {
    epoch: Epoch,
    bus: Arc<dyn Bus>,
    tables: Arc<RwLock<Tables>>,
}

impl MemoryStore {
    /// An empty store that announces on this bus. Its epoch is a new one each time, so that no client takes a position
    /// of an earlier process for one of this.
    #[must_use]
    pub fn new(bus: Arc<dyn Bus>, entropy: &dyn Entropy) -> Self {
        let mut random = [0; 8];
        entropy.fill(&mut random);
        let epoch = Epoch(format!("{:016x}", u64::from_be_bytes(random)).into());
        Self { epoch, bus, tables: Arc::default() }
    }

    /// The same data for another node of the process, which announces what it commits on its own bus.
    #[must_use]
    pub fn for_node(&self, bus: Arc<dyn Bus>) -> Self {
        Self { epoch: self.epoch.clone(), bus, tables: self.tables.clone() }
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}
