//! One attempt at one job, from its lease to its settlement.

use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::Entropy;
use chinwag_chat::outbox::{Leased, Outbox, Settlement};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::figures;
use crate::handler::{Handler, Verdict};

/// How long a lease lasts beyond the time that an attempt may take: to read what it is about, and to settle it.
const MARGIN: Duration = Duration::from_secs(5);

/// The pause before a settlement that failed is tried again.
const SETTLE_AGAIN_AFTER: Duration = Duration::from_millis(200);

/// The longest reason that is kept.
const MAX_REASON_BYTES: usize = 1024;

/// How long an attempt holds its job.
pub(crate) fn hold(handler: &dyn Handler) -> Duration {
    handler.timeout() + MARGIN
}

/// One attempt.
pub(crate) struct Attempt {
    pub(crate) leased: Leased,
    pub(crate) handler: Arc<dyn Handler>,
    pub(crate) outbox: Arc<dyn Outbox>,
    pub(crate) entropy: Arc<dyn Entropy>,
    /// Cancelled when there is no time to wait for the attempt's end.
    pub(crate) give_back: CancellationToken,
}

impl Attempt {
    /// Makes the attempt and settles the job.
    pub(crate) async fn run(self) {
        let began = Instant::now();
        let held_until = began + hold(&*self.handler);
        let work = timeout(self.handler.timeout(), self.handler.attempt(&self.leased.job));
        let settlement = match self.give_back.run_until_cancelled(work).await {
            Some(Ok(verdict)) => self.settlement(verdict),
            Some(Err(_)) => {
                self.settlement(Verdict::Failed { reason: "it took too long".to_owned(), not_before: None })
            }
            None => Settlement::GivenBack,
        };
        let kind = &self.leased.job.kind;
        figures::attempted(kind, result(&settlement), began.elapsed());
        self.report(&settlement);
        if timeout_at(held_until, self.settle(settlement)).await.is_err() {
            tracing::warn!(job = %self.leased.job.id, "a job could not be settled in time, and will be done again");
        }
    }

    fn settlement(&self, verdict: Verdict) -> Settlement {
        match verdict {
            Verdict::Done => Settlement::Done,
            Verdict::Split(work) => Settlement::Split(work),
            Verdict::Hopeless { reason } => Settlement::Dead { reason: bounded(&reason) },
            Verdict::Failed { reason, not_before } => {
                let reason = bounded(&reason);
                match self.handler.retries().wait(self.leased.job.attempts, not_before, &*self.entropy) {
                    Some(after) => Settlement::Retry { reason, after },
                    None => Settlement::Dead { reason },
                }
            }
        }
    }

    /// Settles the job, however often it takes: what is done must not be done again for want of a word.
    async fn settle(&self, settlement: Settlement) {
        let Leased { job, lease } = &self.leased;
        loop {
            match self.outbox.settle(*lease, settlement.clone()).await {
                Ok(true) => return,
                Ok(false) => {
                    // Settled by an earlier try whose outcome was unknown, or by whoever leased it after us.
                    tracing::debug!(job = %job.id, "the lease was no longer in force");
                    return;
                }
                Err(error) => {
                    tracing::debug!(job = %job.id, %error, "a job cannot be settled: trying again");
                    sleep(SETTLE_AGAIN_AFTER).await;
                }
            }
        }
    }

    fn report(&self, settlement: &Settlement) {
        let job = &self.leased.job;
        match settlement {
            Settlement::Done | Settlement::Split(_) | Settlement::GivenBack => {}
            Settlement::Retry { reason, after } => {
                let (attempts, after_ms) = (job.attempts, after.as_millis());
                tracing::info!(job = %job.id, kind = %job.kind, attempts, after_ms, reason, "work failed: trying again");
            }
            Settlement::Dead { reason } => {
                let attempts = job.attempts;
                tracing::warn!(job = %job.id, kind = %job.kind, attempts, reason, "work failed for good: a dead letter");
            }
        }
    }
}

fn result(settlement: &Settlement) -> &'static str {
    match settlement {
        Settlement::Done | Settlement::Split(_) => "done",
        Settlement::Retry { .. } => "failed",
        Settlement::Dead { .. } => "dead",
        Settlement::GivenBack => "given_back",
    }
}

/// A reason may hold what a stranger sent: bounded, and without what could steer a terminal or that a store refuses.
fn bounded(reason: &str) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let mut kept: String = reason.chars().map(clean).take(MAX_REASON_BYTES).collect();
    while kept.len() > MAX_REASON_BYTES {
        kept.pop();
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_bounded_and_steers_nothing() {
        let reason = bounded(&"ü\u{1b}[2J\0\n".repeat(1000));
        assert!(reason.len() <= MAX_REASON_BYTES && reason.starts_with("ü [2J  ü"), "{reason}");
    }
}
