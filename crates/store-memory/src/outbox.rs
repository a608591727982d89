//! The port [`Outbox`]: work that is owed lives as long as the changes that it follows, which is as long as the process.

mod lines;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chinwag_chat::outbox::{
    Backlog, Job, JobId, Lease, Leased, Letters, NewWork, Outbox, Part, Settlement, WorkKind,
};
use chinwag_chat::{Clock, StoreError};
use parking_lot::RwLock;

use crate::MemoryStore;
use crate::tables::Tables;

pub(crate) use lines::Lines;

/// The outbox of a store.
pub struct MemoryOutbox {
    tables: Arc<RwLock<Tables>>,
    clock: Arc<dyn Clock>,
}

impl MemoryOutbox {
    /// The outbox of that store, by that clock.
    #[must_use]
    pub fn new(store: &MemoryStore, clock: Arc<dyn Clock>) -> Self {
        Self { tables: store.tables.clone(), clock }
    }
}

#[async_trait]
impl Outbox for MemoryOutbox {
    async fn lease(
        &self,
        kinds: &[WorkKind],
        most: usize,
        hold: Duration,
    ) -> Result<Vec<Leased>, StoreError> {
        let now = self.clock.now();
        Ok(self.tables.write().outbox.lease(kinds, most, now, now.plus(hold)))
    }

    async fn owe(&self, work: &[NewWork]) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.tables.write().outbox.owe(work.to_vec(), now);
        Ok(())
    }

    async fn settle(&self, lease: Lease, how: Settlement) -> Result<bool, StoreError> {
        let now = self.clock.now();
        Ok(self.tables.write().outbox.settle(lease, how, now).is_some())
    }

    async fn jobs(&self, part: Part, after: Option<JobId>, most: usize) -> Result<Vec<Job>, StoreError> {
        Ok(self.tables.read().outbox.jobs(part, after, most))
    }

    async fn replay(&self, letters: &Letters) -> Result<u64, StoreError> {
        let now = self.clock.now();
        Ok(self.tables.write().outbox.replay(letters, now))
    }

    async fn discard(&self, letters: &Letters) -> Result<u64, StoreError> {
        Ok(self.tables.write().outbox.discard(letters))
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        Ok(self.tables.read().outbox.backlog(self.clock.now()))
    }
}
