//! What a worker counts. The names and their meaning are in the server's `metrics/names.rs`.

use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::WorkKind;
use chinwag_chat::outbox::{Backlog, Outbox};
use metrics::{counter, gauge, histogram};

/// How often the backlog is counted. Counting takes the store longer the more there is.
const COUNT_EVERY: Duration = Duration::from_secs(10);

/// An attempt ended.
pub(crate) fn attempted(kind: &WorkKind, result: &'static str, took: Duration) {
    counter!("chinwag_outbox_attempts_total", "kind" => kind.to_string(), "result" => result).increment(1);
    histogram!("chinwag_outbox_attempt_seconds", "kind" => kind.to_string()).record(took);
}

/// Tells how much there is to be done, from time to time, for ever.
pub async fn watch_backlog(outbox: Arc<dyn Outbox>) {
    loop {
        match outbox.backlog().await {
            Ok(backlog) => show(backlog),
            Err(error) => tracing::debug!(%error, "the outbox cannot be counted"),
        }
        tokio::time::sleep(COUNT_EVERY).await;
    }
}

#[expect(clippy::cast_precision_loss, reason = "no count comes near 2^52")]
fn show(Backlog { owed, leased, dead, oldest_ms }: Backlog) {
    gauge!("chinwag_outbox_jobs", "state" => "owed").set(owed as f64);
    gauge!("chinwag_outbox_jobs", "state" => "leased").set(leased as f64);
    gauge!("chinwag_outbox_jobs", "state" => "dead").set(dead as f64);
    gauge!("chinwag_outbox_oldest_seconds").set(oldest_ms as f64 / 1000.0);
}
