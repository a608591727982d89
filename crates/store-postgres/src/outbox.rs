//! The port [`Outbox`], by the server's clock: so nodes whose clocks are apart do not take each other's leases.
//!
//! What takes several steps is a function of the schema; see `migrations/0003_outbox.sql`.

use std::time::Duration;

use async_trait::async_trait;
use chinwag_chat::StoreError;
use chinwag_chat::outbox::{
    Backlog, Job, JobId, Lease, Leased, Letters, NewWork, Outbox, Part, Placing, Settlement, WorkKind,
};
use sqlx::PgConnection;

use crate::PostgresStore;
use crate::fault::Fault;
use crate::fields::{Fields, limit, signed};
use crate::pool::Statement;

const LEASE: &str = "
    SELECT lease, id, kind, key, payload, created_at, attempts, reason FROM outbox_lease($1, $2, $3)";

const OWED: &str = "
    SELECT id, kind, key, payload, created_at, attempts, reason FROM outbox WHERE id > $1 ORDER BY id LIMIT $2";

const DEAD: &str = "
    SELECT id, kind, key, payload, created_at, attempts, reason FROM outbox_dead
    WHERE id > $1 ORDER BY id LIMIT $2";

/// The dead letters of a kind that come after one, and not after another.
const OF_KIND: &str = "
    SELECT id FROM outbox_dead WHERE kind = $1 AND id > $2 AND id <= $3 ORDER BY id LIMIT $4";

const LAST_DEAD: &str = "SELECT coalesce(max(id), 0) FROM outbox_dead";

const REPLAY: &str = "SELECT outbox_replay($1, NULL)";

const DISCARD: &str = "
    WITH gone AS (DELETE FROM outbox_dead WHERE id = ANY($1) RETURNING id) SELECT count(*) FROM gone";

/// How many letters one statement takes, so that none takes long.
const LETTERS_AT_ONCE: usize = 500;

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
    Placed::of(work)
        .bind_to(sqlx::query("SELECT outbox_place($1, $2, $3, $4, $5)"))
        .execute(transaction)
        .await?;
    Ok(())
}

/// The columns of new work.
struct Placed<'a> {
    kinds: Vec<&'a str>,
    keys: Vec<&'a str>,
    payloads: Vec<&'a str>,
    placings: Vec<&'static str>,
    delays: Vec<i64>,
}

impl<'a> Placed<'a> {
    fn of(work: &'a [NewWork]) -> Self {
        let placing = |work: &NewWork| match work.placing {
            Placing::Behind => "behind",
            Placing::UnlessWaiting => "unless_waiting",
            Placing::InsteadOfWaiting => "instead_of_waiting",
        };
        Self {
            kinds: work.iter().map(|work| work.kind.as_str()).collect(),
            keys: work.iter().map(|work| work.key.as_str()).collect(),
            payloads: work.iter().map(|work| work.payload.as_str()).collect(),
            placings: work.iter().map(placing).collect(),
            delays: work.iter().map(|work| milliseconds(work.delay)).collect(),
        }
    }

    fn bind_to<'q>(&'q self, query: Statement<'q>) -> Statement<'q> {
        let query = query.bind(&self.kinds).bind(&self.keys).bind(&self.payloads);
        query.bind(&self.placings).bind(&self.delays)
    }
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

    async fn owe(&self, work: &[NewWork]) -> Result<(), StoreError> {
        let placed = Placed::of(work);
        let query = || placed.bind_to(sqlx::query("SELECT 1 FROM outbox_place($1, $2, $3, $4, $5)"));
        self.pool.write(query, |_| Ok(())).await?;
        Ok(())
    }

    async fn settle(&self, lease: Lease, how: Settlement) -> Result<bool, StoreError> {
        let (how, why, wait) = match &how {
            Settlement::Split(work) => {
                let placed = Placed::of(work);
                let query = || {
                    let query = sqlx::query("SELECT outbox_split($6, $7, $1, $2, $3, $4, $5)");
                    placed.bind_to(query).bind(signed(lease.job.0)).bind(signed(lease.number))
                };
                return Ok(self.pool.write(query, |mut fields| fields.flag()).await? == [true]);
            }
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
        self.some_by_some(REPLAY, letters).await
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
    /// Runs a statement that does something with dead letters, some at a time. How many there were.
    ///
    /// Each letter is taken once, from the oldest on to the last one there is now: those that are replayed may be dead
    /// again before this is done, and whoever went on until there are none would never end.
    async fn some_by_some(&self, sql: &'static str, letters: &Letters) -> Result<u64, StoreError> {
        let mut count = 0;
        match letters {
            Letters::Of(ids) => {
                let ids: Vec<i64> = ids.iter().map(|id| signed(id.0)).collect();
                for some in ids.chunks(LETTERS_AT_ONCE) {
                    count += self.with_letters(sql, some).await?;
                }
            }
            Letters::OfKind(kind) => {
                let last = self.pool.one(|| sqlx::query(LAST_DEAD), |mut fields| fields.number()).await?;
                let last = signed(last.unwrap_or(0));
                let mut after = 0;
                loop {
                    let most = limit(LETTERS_AT_ONCE);
                    let query = || sqlx::query(OF_KIND).bind(kind.as_str()).bind(after).bind(last).bind(most);
                    let some = self.pool.all(query, |mut fields| Ok(signed(fields.number()?))).await?;
                    let Some(&newest) = some.last() else { break };
                    count += self.with_letters(sql, &some).await?;
                    after = newest;
                }
            }
        }
        Ok(count)
    }

    async fn with_letters(&self, sql: &'static str, ids: &[i64]) -> Result<u64, StoreError> {
        let counted = self.pool.write(|| sqlx::query(sql).bind(ids), |mut fields| fields.number());
        Ok(counted.await?.into_iter().sum())
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
