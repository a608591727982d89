//! The port [`Outbox`]: what workers do with the work that is owed. Leases and dates are by the worker's own clock.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chinwag_chat::outbox::{
    Backlog, Job, JobId, Lease, Leased, Letters, NewWork, Outbox, Part, Settlement, WorkKind,
};
use chinwag_chat::{Clock, StoreError, Timestamp};

use crate::DynamoStore;
use crate::flow;
use crate::item::{Item, NewItem};
use crate::keys;
use crate::owed::{LineRecord, OwedRecord, enqueue, owe};
use crate::table::{Range, Table};
use crate::unit::Unit;

/// The outbox of a store.
pub struct DynamoOutbox {
    table: Arc<Table>,
    clock: Arc<dyn Clock>,
}

impl DynamoOutbox {
    /// The outbox of that store, by that clock.
    #[must_use]
    pub fn new(store: &DynamoStore, clock: Arc<dyn Clock>) -> Self {
        Self { table: store.table.clone(), clock }
    }
}

#[async_trait]
impl Outbox for DynamoOutbox {
    async fn lease(
        &self,
        kinds: &[WorkKind],
        most: usize,
        hold: Duration,
    ) -> Result<Vec<Leased>, StoreError> {
        let now = self.clock.now();
        let mut leased = Vec::new();
        for kind in kinds {
            let until = format!("{}~", keys::time_digits(now));
            let ripe = Range::between(keys::due_lines_partition(kind.as_str()), "0".to_owned(), until);
            let free = most.saturating_sub(leased.len());
            if free == 0 {
                break;
            }
            for (place, _) in self.table.indexed(&ripe.limit(free)).await? {
                let Some((_, key)) = place.split_once('#') else { continue };
                leased.extend(self.begin(kind.as_str(), key, now, now.plus(hold)).await?);
                if leased.len() >= most {
                    break;
                }
            }
        }
        Ok(leased)
    }

    async fn owe(&self, work: &[NewWork]) -> Result<(), StoreError> {
        let (now, table) = (self.clock.now(), &*self.table);
        // One by one: each stands alone, and together they may be more than a transaction takes.
        for each in work {
            let each = std::slice::from_ref(each);
            let attempt = || async move {
                let mut unit = Unit::new(table);
                owe(&mut unit, each, now).await?;
                Ok::<_, StoreError>(unit.commit().await?.then_some(()))
            };
            table.until_settled(attempt).await?;
        }
        Ok(())
    }

    async fn settle(&self, lease: Lease, how: Settlement) -> Result<bool, StoreError> {
        let (now, table, how) = (self.clock.now(), &*self.table, &how);
        let attempt = || async move {
            let mut unit = Unit::new(table);
            let is_in_force = settle(&mut unit, lease, how, now).await?;
            Ok(unit.commit().await?.then_some(is_in_force))
        };
        table.until_settled(attempt).await
    }

    async fn jobs(&self, part: Part, after: Option<JobId>, most: usize) -> Result<Vec<Job>, StoreError> {
        let found = self.of_part(part, |range| {
            let range = range.limit(most);
            match after {
                Some(JobId(after)) => range.after(&keys::digits(after)),
                None => range,
            }
        });
        let mut jobs: Vec<Job> = found.await?.into_iter().map(|owed| owed.job).collect();
        jobs.sort_unstable_by_key(|job| job.id);
        jobs.truncate(most);
        Ok(jobs)
    }

    async fn replay(&self, letters: &Letters) -> Result<u64, StoreError> {
        let now = self.clock.now();
        self.each_letter(letters, Some(now)).await
    }

    async fn discard(&self, letters: &Letters) -> Result<u64, StoreError> {
        self.each_letter(letters, None).await
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        let now = self.clock.now();
        let mut backlog = Backlog::default();
        let mut oldest: Option<Timestamp> = None;
        for shard in 0..keys::OWED_SHARDS {
            let owed = Range::all(keys::owed_partition(shard));
            backlog.owed += self.table.count(&owed).await?;
            let held = owed.clone().filter("held_until > :now", vec![(":now", keys::time_digits(now))]);
            backlog.leased += self.table.count(&held).await?;
            backlog.dead += self.table.count(&Range::all(keys::dead_partition(shard))).await?;
            // Numbers are of the time when the work was noted.
            for item in self.table.range(&owed.limit(1)).await? {
                let OwedRecord { job, .. } = item.record()?;
                oldest = Some(oldest.map_or(job.created_at, |oldest| oldest.min(job.created_at)));
            }
        }
        let oldest_ms = oldest.map_or(0, |oldest| now.since(oldest).as_millis());
        backlog.oldest_ms = u64::try_from(oldest_ms).unwrap_or(u64::MAX);
        Ok(backlog)
    }
}

impl DynamoOutbox {
    /// Leases the first job of a line; nothing where somebody else was faster.
    async fn begin(
        &self,
        kind: &str,
        key: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Leased>, StoreError> {
        let mut unit = Unit::new(&self.table);
        let line = unit.read::<LineRecord>(&keys::line(kind, key)).await?;
        let Some(mut line) = line.filter(|line| line.due_at <= now) else { return Ok(None) };
        let Some(mut owed) = first_of(&mut unit, &line).await? else { return Ok(None) };
        owed.job.attempts += 1;
        owed.lease += 1;
        owed.held_until = Some(until);
        unit.put(owed.item()?);
        (line.due_at, line.held) = (until, Some(owed.job.id.0));
        unit.put(line.item()?);
        let lease = Lease { job: owed.job.id, number: owed.lease };
        Ok(unit.commit().await?.then_some(Leased { job: owed.job, lease }))
    }

    /// All jobs of a part, as far as the range goes in each of its partitions.
    async fn of_part(
        &self,
        part: Part,
        narrowed: impl Fn(Range) -> Range + Sync,
    ) -> Result<Vec<OwedRecord>, StoreError> {
        let shards: Vec<Range> = (0..keys::OWED_SHARDS)
            .map(|shard| match part {
                Part::Owed => keys::owed_partition(shard),
                Part::Dead => keys::dead_partition(shard),
            })
            .map(|partition| narrowed(Range::all(partition)))
            .collect();
        let found = flow::each(&shards, |range| self.table.range(range)).await?;
        found.iter().flatten().map(Item::record).collect()
    }

    /// Puts dead letters back into their lines, or throws them away where there is no time for them; their number.
    async fn each_letter(&self, letters: &Letters, again_at: Option<Timestamp>) -> Result<u64, StoreError> {
        let ids: Vec<JobId> = match letters {
            Letters::Of(ids) => ids.clone(),
            Letters::OfKind(kind) => {
                let mut dead = self.of_part(Part::Dead, |range| range).await?;
                dead.retain(|letter| letter.job.kind == *kind);
                dead.into_iter().map(|letter| letter.job.id).collect()
            }
        };
        let (mut count, table) = (0, &*self.table);
        for id in ids {
            let attempt = || async move {
                let mut unit = Unit::new(table);
                let key = keys::dead(id.0);
                let Some(letter) = unit.read::<OwedRecord>(&key).await? else { return Ok(Some(false)) };
                unit.delete(&key);
                if let Some(now) = again_at {
                    let job = Job { attempts: 0, ..letter.job };
                    let again = OwedRecord { job, not_before: now, held_until: None, ..letter };
                    enqueue(&mut unit, &again, now).await?;
                }
                Ok::<_, StoreError>(unit.commit().await?.then_some(true))
            };
            count += u64::from(table.until_settled(attempt).await?);
        }
        Ok(count)
    }
}

/// The first job of a line.
async fn first_of(unit: &mut Unit<'_>, line: &LineRecord) -> Result<Option<OwedRecord>, StoreError> {
    // With one more, should the first be about to go.
    let jobs = Range::beginning(keys::line_partition(&line.kind, &line.key), keys::JOBS).limit(2);
    let jobs: Vec<(String, u64)> = unit.range(&jobs).await?;
    match jobs.first() {
        Some((_, id)) => unit.read(&keys::owed(*id)).await,
        None => Ok(None),
    }
}

/// Ends a lease; false where it is not in force.
async fn settle(
    unit: &mut Unit<'_>,
    lease: Lease,
    how: &Settlement,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let owed = unit.read::<OwedRecord>(&keys::owed(lease.job.0)).await?;
    let Some(mut owed) = owed.filter(|owed| owed.lease == lease.number) else { return Ok(false) };
    let line = unit.read::<LineRecord>(&keys::line(owed.job.kind.as_str(), &owed.job.key)).await?;
    let held = line.filter(|line| line.held == Some(lease.job.0));
    let Some(mut line) = held else { return Ok(false) };
    owed.held_until = None;
    let mut due_at = now;
    match how {
        Settlement::Done | Settlement::Split(_) => remove(unit, &mut line, &owed).await?,
        Settlement::GivenBack => {
            owed.job.attempts = owed.job.attempts.saturating_sub(1);
            unit.put(owed.item()?);
        }
        Settlement::Retry { reason, after } => {
            due_at = now.plus(*after);
            owed.job.reason = Some(reason.clone());
            unit.put(owed.item()?);
        }
        Settlement::Dead { reason } => {
            remove(unit, &mut line, &owed).await?;
            owed.job.reason = Some(reason.clone());
            unit.put(NewItem::of(keys::dead(owed.job.id.0), &owed)?);
        }
    }
    if line.jobs == 0 {
        unit.delete(&keys::line(&line.kind, &line.key));
    } else {
        if let Some(next) = first_of(unit, &line).await? {
            due_at = due_at.max(next.not_before);
        }
        (line.due_at, line.held) = (due_at, None);
        unit.put(line.item()?);
    }
    if let Settlement::Split(instead) = how {
        owe(unit, instead, now).await?;
    }
    Ok(true)
}

async fn remove(unit: &mut Unit<'_>, line: &mut LineRecord, owed: &OwedRecord) -> Result<(), StoreError> {
    let id = owed.job.id.0;
    let lead = keys::job_of_line(&line.kind, &line.key, id);
    unit.fetch([lead.clone()]).await?;
    unit.delete(&lead);
    unit.delete(&keys::owed(id));
    line.jobs = line.jobs.saturating_sub(1);
    Ok(())
}
