//! The port [`Outbox`], by the server's clock: so nodes whose clocks are apart do not take each other's leases.
//!
//! What takes several steps is a function of the schema; see `migrations/0003_outbox.sql`.

use std::time::Duration;

use async_trait::async_trait;
use chinwag_chat::StoreError;
use chinwag_chat::outbox::{
    Backlog, Job, JobId, Lease, Leased, Letters, NewWork, Outbox, Part, Settlement, WorkKind,
};
use sqlx::PgConnection;

use crate::PostgresStore;
use crate::fault::Fault;
use crate::fields::{Fields, limit, signed};

const LEASE: &str = "
    SELECT lease, id, kind, key, payload, created_at, attempts, reason FROM outbox_lease($1, $2, $3)";

const OWED: &str = "
    SELECT id, kind, key, payload, created_at, attempts, reason FROM outbox WHERE id > $1 ORDER BY id LIMIT $2";

const DEAD: &str = "
    SELECT id, kind, key, payload, created_at, attempts, reason FROM outbox_dead
    WHERE id > $1 ORDER BY id LIMIT $2";

/// Some at a time, so that no statement takes long.
const DISCARD: &str = "
    WITH gone AS (
        DELETE FROM outbox_dead WHERE id IN (
            SELECT id FROM outbox_dead WHERE ($1::bigint[] IS NULL OR id = ANY($1)) AND ($2::text IS NULL OR kind = $2)
            ORDER BY id LIMIT 500 FOR UPDATE
        ) RETURNING id
    )
    SELECT count(*) FROM gone";

const BACKLOG: &str = "
    SELECT (SELECT count(*) FROM outbox),
           (SELECT count(*) FROM outbox_lines WHERE held IS NOT NULL AND due_at > outbox_now()),
           (SELECT count(*) FROM outbox_dead),
           coalesce((SELECT greatest(0, outbox_now() - min(created_at)) FROM outbox), 0)";

/// Notes work in the transaction of the changes that it follows. The rooms are locked already.
pub(crate) async fn owe(transaction: &mut PgConnection, work: &[NewWork]) -> Result<(), Fault> {
    if work.is_empty() {
        return Ok(());
    }
    let column = |value: fn(&NewWork) -> &str| work.iter().map(value).collect::<Vec<_>>();
    sqlx::query("SELECT outbox_owe($1, $2, $3)")
        .bind(column(|work| work.kind.as_str()))
        .bind(column(|work| &work.key))
        .bind(column(|work| &work.payload))
        .execute(transaction)
        .await?;
    Ok(())
}

#[async_trait]
impl Outbox for PostgresStore {
    async fn lease(
        &self,
        kinds: &[WorkKind],
        most: usize,
        hold: Duration,
    ) -> Result<Vec<Leased>, StoreError> {
        let kinds: Vec<&str> = kinds.iter().map(WorkKind::as_str).collect();
        let query = || sqlx::query(LEASE).bind(&kinds).bind(limit(most)).bind(milliseconds(hold));
        let leased = self.pool.write(query, |mut fields| {
            let number = fields.number()?;
            let job = job(fields)?;
            Ok(Leased { lease: Lease { job: job.id, number }, job })
        });
        leased.await
    }

    async fn settle(&self, lease: Lease, how: Settlement) -> Result<bool, StoreError> {
        let (how, why, wait) = match &how {
            Settlement::Done => ("done", None, Duration::ZERO),
            Settlement::GivenBack => ("given_back", None, Duration::ZERO),
            Settlement::Retry { reason, after } => ("retry", Some(reason), *after),
            Settlement::Dead { reason } => ("dead", Some(reason), Duration::ZERO),
        };
        let query = || {
            sqlx::query("SELECT outbox_settle($1, $2, $3, $4, $5)")
                .bind(signed(lease.job.0))
                .bind(signed(lease.number))
                .bind(how)
                .bind(why)
                .bind(milliseconds(wait))
        };
        Ok(self.pool.write(query, |mut fields| fields.flag()).await? == [true])
    }

    async fn jobs(&self, part: Part, after: Option<JobId>, most: usize) -> Result<Vec<Job>, StoreError> {
        let sql = match part {
            Part::Owed => OWED,
            Part::Dead => DEAD,
        };
        let after = signed(after.map_or(0, |id| id.0));
        self.pool.all(|| sqlx::query(sql).bind(after).bind(limit(most)), job).await
    }

    async fn replay(&self, letters: &Letters) -> Result<u64, StoreError> {
        self.some_by_some("SELECT outbox_replay($1, $2)", letters).await
    }

    async fn discard(&self, letters: &Letters) -> Result<u64, StoreError> {
        self.some_by_some(DISCARD, letters).await
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        let counted = self.pool.one(
            || sqlx::query(BACKLOG),
            |mut fields| {
                Ok(Backlog {
                    owed: fields.number()?,
                    leased: fields.number()?,
                    dead: fields.number()?,
                    oldest_ms: fields.number()?,
                })
            },
        );
        Ok(counted.await?.unwrap_or_default())
    }
}

impl PostgresStore {
    /// Runs a statement that does something with some dead letters, until there are no more of them. How many there were.
    async fn some_by_some(&self, sql: &'static str, letters: &Letters) -> Result<u64, StoreError> {
        let (ids, kind) = match letters {
            Letters::Of(ids) => (Some(ids.iter().map(|id| signed(id.0)).collect::<Vec<_>>()), None),
            Letters::OfKind(kind) => (None, Some(kind.as_str())),
        };
        let mut all = 0;
        loop {
            let query = || sqlx::query(sql).bind(&ids).bind(kind);
            let some: u64 = self.pool.write(query, |mut fields| fields.number()).await?.into_iter().sum();
            if some == 0 {
                return Ok(all);
            }
            all += some;
        }
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

fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX / 2)
}
