//! What does one kind of work.

use std::time::Duration;

use async_trait::async_trait;
use chinwag_chat::WorkKind;
use chinwag_chat::outbox::{Job, NewWork};

use crate::RetryPolicy;

/// What became of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is done.
    Done,
    /// It is done, and this is owed instead.
    Split(Vec<NewWork>),
    /// It failed, and may succeed later.
    Failed {
        /// Why.
        reason: String,
        /// The shortest wait before the next attempt, if somebody asked for one.
        not_before: Option<Duration>,
    },
    /// It failed, and will never succeed.
    Hopeless {
        /// Why.
        reason: String,
    },
}

/// Does one kind of work.
///
/// An attempt may be dropped half-way, and may have been made before by a worker that died: whoever receives its effects
/// must be able to tell that they have them already.
#[async_trait]
pub trait Handler: Send + Sync {
    /// The kind.
    fn kind(&self) -> WorkKind;

    /// How often and when it is tried again.
    fn retries(&self) -> RetryPolicy;

    /// How long an attempt may take.
    fn timeout(&self) -> Duration;

    /// Makes an attempt.
    async fn attempt(&self, job: &Job) -> Verdict;
}
