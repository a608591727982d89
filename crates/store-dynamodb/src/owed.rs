//! Work that is owed after a commit: noted in the transaction of the changes that it follows.
//!
//! A job is one item, found by its number; what leads to it from its line is another; and the line itself, with the time
//! when its next job may be begun, is a third. A line is there as long as there is work in it.

use chinwag_chat::outbox::{Job, JobId, NewWork, Placing};
use chinwag_chat::{StoreError, Timestamp};
use serde::{Deserialize, Serialize};

use crate::item::NewItem;
use crate::keys;
use crate::unit::Unit;

/// How many numbers there are in a millisecond: with the time before them they stay exact in JavaScript too.
const NUMBERS_A_MILLISECOND: u64 = 1 << 12;

/// A job and the number of its newest lease.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OwedRecord {
    pub(crate) job: Job,
    pub(crate) lease: u64,
    /// When it may be begun for the first time.
    pub(crate) not_before: Timestamp,
    /// Until when somebody has it, unless they settle it before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) held_until: Option<Timestamp>,
}

/// Until when a job is held.
const HELD_UNTIL: &str = "held_until";

impl OwedRecord {
    pub(crate) fn item(&self) -> Result<NewItem, StoreError> {
        let item = NewItem::of(keys::owed(self.job.id.0), self)?;
        Ok(match self.held_until {
            Some(until) => item.marked(HELD_UNTIL, keys::time_digits(until)),
            None => item,
        })
    }
}

/// A line.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LineRecord {
    pub(crate) kind: String,
    pub(crate) key: String,
    /// When the next of its jobs may be leased: while one is held, the end of its lease.
    pub(crate) due_at: Timestamp,
    pub(crate) held: Option<u64>,
    /// The last of its jobs, and how many there are.
    last: u64,
    pub(crate) jobs: u64,
}

impl LineRecord {
    pub(crate) fn item(&self) -> Result<NewItem, StoreError> {
        let item = NewItem::of(keys::line(&self.kind, &self.key), self)?;
        Ok(item.indexed(keys::due_line(&self.kind, &self.key, self.due_at)))
    }
}

/// Puts work into its lines.
pub(crate) async fn owe(unit: &mut Unit<'_>, work: &[NewWork], at: Timestamp) -> Result<(), StoreError> {
    let mut newest = 0;
    for work in work {
        let NewWork { kind, key, payload, placing, delay } = work;
        let line = unit.read::<LineRecord>(&keys::line(kind.as_str(), key)).await?;
        let waiting = line.as_ref().map(|line| line.last).filter(|last| {
            *placing != Placing::Behind && line.as_ref().and_then(|line| line.held) != Some(*last)
        });
        if let Some(waiting) = waiting {
            if *placing == Placing::InsteadOfWaiting
                && let Some(mut owed) = unit.read::<OwedRecord>(&keys::owed(waiting)).await?
            {
                owed.job.payload.clone_from(payload);
                unit.put(owed.item()?);
            }
            // Whoever begins that job now must not have begun it before this was noted.
            unit.pin(keys::line(kind.as_str(), key));
            continue;
        }
        let begun = u64::try_from(at.unix_ms()).unwrap_or(0) * NUMBERS_A_MILLISECOND;
        let number = begun + unit.table().random_below(NUMBERS_A_MILLISECOND);
        let after = newest.max(line.as_ref().map_or(0, |line| line.last));
        newest = number.max(after + 1);
        let not_before = at.plus(*delay);
        let job = Job {
            id: JobId(newest),
            kind: kind.clone(),
            key: key.clone(),
            payload: payload.clone(),
            created_at: at,
            attempts: 0,
            reason: None,
        };
        enqueue(unit, &OwedRecord { job, lease: 0, not_before, held_until: None }, not_before).await?;
    }
    Ok(())
}

/// Puts a job into its line. A line that is there already keeps its time.
pub(crate) async fn enqueue(
    unit: &mut Unit<'_>,
    owed: &OwedRecord,
    due_at: Timestamp,
) -> Result<(), StoreError> {
    let Job { id: JobId(id), kind, key, .. } = &owed.job;
    let (kind, key) = (kind.as_str(), key.as_str());
    let line = unit.read::<LineRecord>(&keys::line(kind, key)).await?;
    let mut line = line.unwrap_or_else(|| LineRecord {
        kind: kind.to_owned(),
        key: key.to_owned(),
        due_at,
        held: None,
        last: 0,
        jobs: 0,
    });
    (line.last, line.jobs) = (line.last.max(*id), line.jobs + 1);
    unit.put(line.item()?);
    unit.put(owed.item()?);
    unit.put(NewItem::of(keys::job_of_line(kind, key, *id), id)?);
    Ok(())
}
