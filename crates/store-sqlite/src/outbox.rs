//! The port [`Outbox`]: one process has the file, so its own clock is the one that all go by.

mod lines;
mod owe;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chinwag_chat::outbox::{
    Backlog, Job, JobId, Lease, Leased, Letters, NewWork, Outbox, Part, Settlement, WorkKind,
};
use chinwag_chat::{Clock, StoreError};

use crate::SqliteStore;
use crate::fault::Fault;
use crate::fields::{Fields, limit, signed};
use crate::query::{all, one};

pub(crate) use lines::void_leases;
pub(crate) use owe::owe;

const OWED: &str = "
    SELECT id, kind, key, payload, created_at, attempts, reason FROM outbox WHERE id > ?1 ORDER BY id LIMIT ?2";

const DEAD: &str = "
    SELECT id, kind, key, payload, created_at, attempts, reason FROM outbox_dead
    WHERE id > ?1 ORDER BY id LIMIT ?2";

const BACKLOG: &str = "
    SELECT (SELECT count(*) FROM outbox),
           (SELECT count(*) FROM outbox_lines WHERE held IS NOT NULL AND due_at > ?1),
           (SELECT count(*) FROM outbox_dead),
           coalesce((SELECT max(0, ?1 - min(created_at)) FROM outbox), 0)";

/// The outbox in a store's file.
pub struct SqliteOutbox {
    store: Arc<SqliteStore>,
    clock: Arc<dyn Clock>,
}

impl SqliteOutbox {
    /// The outbox of that store, by that clock.
    #[must_use]
    pub fn new(store: Arc<SqliteStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    fn now_ms(&self) -> i64 {
        self.clock.now().unix_ms()
    }
}

#[async_trait]
impl Outbox for SqliteOutbox {
    async fn lease(
        &self,
        kinds: &[WorkKind],
        most: usize,
        hold: Duration,
    ) -> Result<Vec<Leased>, StoreError> {
        let kinds = kinds.to_vec();
        let now = self.clock.now();
        let until_ms = now.plus(hold).unix_ms();
        let leased = self
            .store
            .writer
            .write(move |transaction| lines::lease(transaction, &kinds, most, now.unix_ms(), until_ms));
        leased.await
    }

    async fn owe(&self, work: &[NewWork]) -> Result<(), StoreError> {
        let (work, now) = (work.to_vec(), self.clock.now());
        self.store.writer.write(move |transaction| owe(transaction, &work, now)).await
    }

    async fn settle(&self, lease: Lease, how: Settlement) -> Result<bool, StoreError> {
        let now = self.clock.now();
        self.store.writer.write(move |transaction| lines::settle(transaction, lease, &how, now)).await
    }

    async fn jobs(&self, part: Part, after: Option<JobId>, most: usize) -> Result<Vec<Job>, StoreError> {
        let sql = match part {
            Part::Owed => OWED,
            Part::Dead => DEAD,
        };
        let after = signed(after.map_or(0, |id| id.0));
        self.store.readers.read(move |connection| all(connection, sql, (after, limit(most)), job)).await
    }

    async fn replay(&self, letters: &Letters) -> Result<u64, StoreError> {
        let (letters, now_ms) = (letters.clone(), self.now_ms());
        self.store.writer.write(move |transaction| lines::replay(transaction, &letters, now_ms)).await
    }

    async fn discard(&self, letters: &Letters) -> Result<u64, StoreError> {
        let letters = letters.clone();
        self.store.writer.write(move |transaction| lines::discard(transaction, &letters)).await
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        let now_ms = self.now_ms();
        let counted = self.store.readers.read(move |connection| {
            one(connection, BACKLOG, [now_ms], |mut fields| {
                Ok(Backlog {
                    owed: fields.number()?,
                    leased: fields.number()?,
                    dead: fields.number()?,
                    oldest_ms: fields.number()?,
                })
            })
        });
        Ok(counted.await?.unwrap_or_default())
    }
}

/// `id, kind, key, payload, created_at, attempts, reason`.
fn job(mut fields: Fields<'_>) -> Result<Job, Fault> {
    Ok(Job {
        id: JobId(fields.number()?),
        kind: WorkKind::named(fields.text()?.to_owned()),
        key: fields.text()?.to_owned(),
        payload: fields.text()?.to_owned(),
        created_at: fields.time()?,
        attempts: u32::try_from(fields.number()?).unwrap_or(u32::MAX),
        reason: fields.optional_text()?.map(str::to_owned),
    })
}
