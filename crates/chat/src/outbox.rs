//! The port to the outbox: work owed after a commit, kept beside the changes that it follows.
//!
//! A store writes a decision's work in the transaction of its changes, so there is no change without its work and no
//! work without its change. Workers, of whichever node, take it from here: at least once, in order within a line.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{StoreError, Timestamp};

/// A kind of work, by its stable name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WorkKind(Cow<'static, str>);

impl WorkKind {
    /// Tells the embedding application of a change.
    pub const WEBHOOK: Self = Self(Cow::Borrowed("webhook"));

    /// Asks whom the messages of a room notify.
    pub const PUSH: Self = Self(Cow::Borrowed("push"));

    /// Notifies one device of what there is in one room.
    pub const PUSH_SEND: Self = Self(Cow::Borrowed("push_send"));

    /// The kind of that name.
    #[must_use]
    pub fn named(name: impl Into<Cow<'static, str>>) -> Self {
        Self(name.into())
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WorkKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Work that a decision owes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWork {
    /// What sort of work.
    pub kind: WorkKind,
    /// The line that it stands in: what is of one kind and key is done one after the other.
    pub key: String,
    /// What it is about, as JSON.
    pub payload: String,
    /// Where in the line.
    pub placing: Placing,
    /// How long it is not to be begun.
    pub delay: Duration,
}

/// Where new work goes. What waits is what is in the line and was not begun, or is to be begun again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placing {
    /// Behind all that is in the line.
    Behind,
    /// Nowhere if anything waits in the line: that will see to it too.
    UnlessWaiting,
    /// In the place of what waits last, which keeps its time and its attempts; behind all others where nothing waits.
    InsteadOfWaiting,
}

/// A piece of work, numbered in the order in which work was noted. Never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub u64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What is known of a piece of work, leased or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Which.
    pub id: JobId,
    /// What sort of work.
    pub kind: WorkKind,
    /// The line that it stands in.
    pub key: String,
    /// What it is about, as JSON.
    pub payload: String,
    /// When it was noted.
    pub created_at: Timestamp,
    /// How often it was begun, apart from when it was given back.
    pub attempts: u32,
    /// Why it failed the last time.
    pub reason: Option<String>,
}

/// A worker's right to one job, for a time. Of no use any more once the job was leased again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Lease {
    /// The job.
    pub job: JobId,
    /// Which of the job's leases it is.
    pub number: u64,
}

/// A job and the right to do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leased {
    /// The work.
    pub job: Job,
    /// The right to it.
    pub lease: Lease,
}

/// How the work on a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// It is done: the next in its line may come.
    Done,
    /// It is done, and this is owed instead: both at once, or neither.
    Split(Vec<NewWork>),
    /// It failed; its line waits that long.
    Retry {
        /// Why.
        reason: String,
        /// How long it waits.
        after: Duration,
    },
    /// It failed for good: it becomes a dead letter, and the next in its line may come.
    Dead {
        /// Why.
        reason: String,
    },
    /// It was not done after all: it is as if it had not been leased.
    GivenBack,
}

/// Which dead letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Letters {
    /// These.
    Of(Vec<JobId>),
    /// All of that kind.
    OfKind(WorkKind),
}

/// Which part of the outbox is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Work that is still to be done.
    Owed,
    /// Dead letters.
    Dead,
}

/// How much there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backlog {
    /// Jobs still to be done, the leased ones included.
    pub owed: u64,
    /// Jobs that a worker has right now.
    pub leased: u64,
    /// Dead letters.
    pub dead: u64,
    /// How long the oldest job has been waiting to be done.
    pub oldest_ms: u64,
}

/// The work that is owed. A line is what is of one kind and one key.
///
/// Obligations of an adapter: of a line only the oldest job is leased, and nobody leases it again before its lease runs
/// out or it is settled; so the jobs of a line are done in order and one at a time. Time is measured by one clock,
/// however many nodes there are.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Takes at most `most` jobs of these kinds, each the oldest of its line, and keeps them from others for as long as
    /// `hold`. Lines that have waited longest come first.
    async fn lease(&self, kinds: &[WorkKind], most: usize, hold: Duration)
    -> Result<Vec<Leased>, StoreError>;

    /// Notes work that no change owes.
    async fn owe(&self, work: &[NewWork]) -> Result<(), StoreError>;

    /// Ends a lease. False where it is no longer the job's: then nothing was changed.
    async fn settle(&self, lease: Lease, how: Settlement) -> Result<bool, StoreError>;

    /// Jobs after that one, the oldest first.
    async fn jobs(&self, part: Part, after: Option<JobId>, most: usize) -> Result<Vec<Job>, StoreError>;

    /// Puts dead letters back into their lines, as if they had never been begun. How many.
    async fn replay(&self, letters: &Letters) -> Result<u64, StoreError>;

    /// Throws dead letters away. How many.
    async fn discard(&self, letters: &Letters) -> Result<u64, StoreError>;

    /// How much there is.
    async fn backlog(&self) -> Result<Backlog, StoreError>;
}

/// Whom a node tells at once that it has committed something with work after it. Workers elsewhere look by themselves.
pub trait Wake: Send + Sync {
    /// There is work.
    fn wake(&self);
}
