//! The loop: fetch what may be done now, do it, fetch what comes after it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::outbox::{Leased, Outbox};
use chinwag_chat::{Entropy, WorkKind};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::attempt::{Attempt, hold};
use crate::backoff::fraction;
use crate::{Bell, Handler};

/// How a worker goes about it.
#[derive(Debug, Clone, Copy)]
pub struct WorkerSettings {
    /// The most jobs at the same time.
    pub concurrency: usize,
    /// How often it looks for work that other nodes owe and for what is due again, give or take a fifth: so that many
    /// workers do not look at the same moments.
    pub look_every: Duration,
    /// How long it may take to stop: for most of that it waits for what it is doing, then gives the rest back.
    pub stop_timeout: Duration,
}

/// Does the work of some kinds.
pub struct Worker {
    outbox: Arc<dyn Outbox>,
    handlers: HashMap<WorkKind, Arc<dyn Handler>>,
    kinds: Vec<WorkKind>,
    bell: Arc<Bell>,
    entropy: Arc<dyn Entropy>,
    settings: WorkerSettings,
}

impl Worker {
    /// A worker with these handlers. `bell` tells it of work of its own process.
    #[must_use]
    pub fn new(
        outbox: Arc<dyn Outbox>,
        handlers: Vec<Arc<dyn Handler>>,
        bell: Arc<Bell>,
        entropy: Arc<dyn Entropy>,
        settings: WorkerSettings,
    ) -> Self {
        let handlers: HashMap<_, _> = handlers.into_iter().map(|handler| (handler.kind(), handler)).collect();
        let mut kinds: Vec<WorkKind> = handlers.keys().cloned().collect();
        kinds.sort();
        Self { outbox, handlers, kinds, bell, entropy, settings }
    }

    /// Works until `stop` is done; then finishes what it has begun, or gives it back.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) {
        if self.kinds.is_empty() {
            return;
        }
        let give_back = CancellationToken::new();
        let mut running = JoinSet::new();
        let mut is_away = false;
        let mut stop = std::pin::pin!(stop);
        loop {
            // Stopping comes first: not even one more is begun. Otherwise it is only looked at between two fetches, since
            // a fetch that is dropped half-way may hold jobs that nobody does.
            let free = self.settings.concurrency.saturating_sub(running.len());
            if free > 0 {
                match self.outbox.lease(&self.kinds, free, self.hold()).await {
                    Ok(leased) => {
                        is_away = false;
                        for leased in leased {
                            self.begin(leased, &mut running, &give_back);
                        }
                    }
                    Err(error) if !is_away => {
                        is_away = true;
                        tracing::warn!(%error, "cannot fetch work from the outbox; trying on");
                    }
                    Err(error) => tracing::debug!(%error, "cannot fetch work from the outbox"),
                }
            }
            let is_full = running.len() >= self.settings.concurrency;
            let look_at = self.next_look();
            // All arms are cancel-safe: a ring stays rung, an attempt that ended stays ended.
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some(ended) = running.join_next() => note(ended),
                () = self.bell.rung(), if !is_full && !is_away => {}
                () = sleep_until(look_at), if !is_full => {}
            }
            while let Some(ended) = running.try_join_next() {
                note(ended);
            }
        }
        self.finish(running, &give_back).await;
    }

    /// As long as any of the jobs may take.
    fn hold(&self) -> Duration {
        self.handlers.values().map(|handler| hold(&**handler)).max().unwrap_or_default()
    }

    fn next_look(&self) -> Instant {
        Instant::now() + self.settings.look_every.mul_f64(0.8 + 0.4 * fraction(&*self.entropy))
    }

    fn begin(&self, leased: Leased, running: &mut JoinSet<()>, give_back: &CancellationToken) {
        let Some(handler) = self.handlers.get(&leased.job.kind) else {
            tracing::error!(kind = %leased.job.kind, "the outbox gave out work of a kind that was not asked for");
            return;
        };
        let attempt = Attempt {
            leased,
            handler: handler.clone(),
            outbox: self.outbox.clone(),
            entropy: self.entropy.clone(),
            give_back: give_back.clone(),
        };
        running.spawn(attempt.run());
    }

    /// Waits for what was begun; what takes too long is given back, so that another worker need not wait for its lease.
    async fn finish(&self, mut running: JoinSet<()>, give_back: &CancellationToken) {
        let patience = self.settings.stop_timeout.mul_f64(0.7);
        let ended = timeout(patience, async {
            while let Some(ended) = running.join_next().await {
                note(ended);
            }
        });
        if ended.await.is_err() {
            tracing::info!(jobs = running.len(), "giving back work that is not done");
            give_back.cancel();
            let rest = timeout(self.settings.stop_timeout.mul_f64(0.3), async {
                while let Some(ended) = running.join_next().await {
                    note(ended);
                }
            });
            if rest.await.is_err() {
                tracing::warn!(jobs = running.len(), "work was left to the end of its leases");
            }
        }
    }
}

/// An attempt that panicked has settled nothing; its lease runs out, and the job is tried again.
fn note(ended: Result<(), tokio::task::JoinError>) {
    if ended.is_err_and(|error| error.is_panic()) {
        metrics::counter!("chinwag_panics_total", "task" => "worker").increment(1);
        tracing::error!("an attempt at a job panicked");
    }
}
