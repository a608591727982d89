//! The way from running to stopped.

use std::time::Duration;

use tokio::time::timeout;

use super::signals::Asked;
use super::{Lifecycle, Phase};
use crate::config::section::Drain;

/// The work that a stop consists of.
pub struct Stop<D, F, S> {
    /// Tells the clients to move and waits until they are gone.
    pub drain: D,
    /// Finishes what was accepted.
    pub flush: F,
    /// Done when somebody loses patience: the next signal.
    pub at_once: S,
}

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Every phase was done in time.
    Clean,
    /// A phase ran out of time; the first that did.
    OutOfTime(Phase),
    /// A second signal cut it short.
    AtOnce,
}

/// Winds the node down and tells how it went. Nothing that was acknowledged is lost in any case: it is in the store.
pub async fn wind_down<D, F, S>(
    lifecycle: &Lifecycle,
    deadlines: &Drain,
    asked: Asked,
    stop: Stop<D, F, S>,
) -> Ending
where
    D: Future<Output = ()>,
    F: Future<Output = ()>,
    S: Future<Output = ()>,
{
    let Stop { drain, flush, at_once } = stop;
    let phases = async {
        let mut late = None;
        lifecycle.advance(Phase::NotReady);
        // No balancer has to notice where a person stopped the node at a terminal.
        if asked == Asked::Terminate {
            tokio::time::sleep(deadlines.not_ready).await;
        }
        lifecycle.advance(Phase::Draining);
        in_time(Phase::Draining, deadlines.timeout, drain, &mut late).await;
        lifecycle.advance(Phase::Flushing);
        in_time(Phase::Flushing, deadlines.flush_timeout, flush, &mut late).await;
        late.map_or(Ending::Clean, Ending::OutOfTime)
    };
    // Both arms may be dropped half-way: what they do is safe to leave undone.
    let ending = tokio::select! {
        ending = phases => ending,
        () = at_once => {
            tracing::warn!("asked again to stop: stopping at once");
            Ending::AtOnce
        }
    };
    lifecycle.advance(Phase::Stopped);
    ending
}

async fn in_time(phase: Phase, limit: Duration, work: impl Future<Output = ()>, late: &mut Option<Phase>) {
    if timeout(limit, work).await.is_err() {
        tracing::warn!(phase = ?phase, limit_ms = limit.as_millis(), "a phase of the shutdown ran out of time");
        late.get_or_insert(phase);
    }
}
