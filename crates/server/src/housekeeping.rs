//! What goes on in the background of a node for as long as it runs.

pub(crate) mod duties;
mod ingest;
mod revalidation;

use std::num::NonZero;
use std::time::Duration;

use chinwag_chat::NodeId;
use futures_util::future::BoxFuture;
use metrics::{counter, gauge};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::metrics::{Metrics, names};
use crate::serve::{Node, files, neighbours};

/// How often the gauges are set and the histograms are cleared out.
const FIGURES_INTERVAL: Duration = Duration::from_secs(5);

/// Cancels the token when the task that holds it panics.
pub(crate) struct Alarm {
    failed: CancellationToken,
    task: &'static str,
}

impl Alarm {
    /// For that task, by the name that it has among the figures.
    pub(crate) fn new(failed: &CancellationToken, task: &'static str) -> Self {
        Self { failed: failed.clone(), task }
    }

    /// Does the work of the task.
    pub(crate) async fn over<T>(self, work: impl Future<Output = T>) -> T {
        // The alarm stays here for as long as the work goes on.
        work.await
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if std::thread::panicking() {
            counter!(names::PANICS, "task" => self.task).increment(1);
            self.failed.cancel();
        }
    }
}

/// Starts all of it; it ends when `stopping` is cancelled. Should any of it panic, `failed` is.
pub(crate) fn spawn(
    tasks: &TaskTracker,
    node: &Node,
    config: &Config,
    metrics: &Metrics,
    stopping: &CancellationToken,
    failed: &CancellationToken,
) {
    // Everything here is safe to drop half-way: what is not done is done again by the next node.
    let spawn = |work: BoxFuture<'static, ()>| {
        let work = stopping.clone().run_until_cancelled_owned(work);
        tasks.spawn(Alarm::new(failed, "housekeeping").over(work));
    };
    if let Some(deliver) = node.bus.deliver.lock().take() {
        spawn(deliver(node.sink()));
    }
    if let Some(telling) = node.telling.lock().take() {
        spawn(telling);
    }
    let writers = std::thread::available_parallelism().map_or(1, NonZero::get);
    for _ in 0..writers {
        spawn(Box::pin(node.hub.clone().write_due()));
    }
    if let Some(watch) = node.store.watch.lock().take() {
        spawn(watch);
    }
    spawn(Box::pin(node.hub.clone().repair_holes()));
    spawn(Box::pin(node.hub.clone().check_heads(node.bus.head_check_interval)));
    spawn(Box::pin(node.cluster.clone().beat()));
    if let Some(watch) = neighbours::watch(node, config) {
        spawn(Box::pin(watch));
    }
    spawn(Box::pin(node.cluster.clone().keep_registered()));
    spawn(Box::pin(node.cluster.clone().shed_clients()));

    let (api, interval) = (node.api.clone(), config.sessions.sweep_interval);
    spawn(Box::pin(async move {
        loop {
            tokio::time::sleep(interval).await;
            match api.sweep().await {
                Ok(0) => {}
                Ok(ended) => tracing::info!(ended, "deleted sessions that had ended"),
                Err(error) => tracing::warn!(%error, "cannot delete sessions that have ended"),
            }
        }
    }));

    if let Ok(files) = node.api.files() {
        spawn(Box::pin(files::collect(files.clone())));
    }
    if let Ok(name) = config.node.name().parse::<NodeId>() {
        let chat = node.api.chat();
        spawn(Box::pin(duties::erase(chat.clone(), name.clone())));
        spawn(Box::pin(duties::retain(chat.clone(), name, config.retention.clone())));
    }

    if let Some(pump) = ingest::pump(node.api.chat().clone(), config) {
        spawn(pump);
        spawn(Box::pin(ingest::forget_delivered(node.api.chat().clone())));
    }

    let (sessions, store) = (node.api.accounts().sessions().clone(), node.api.chat().store().clone());
    spawn(Box::pin(revalidation::go_on(node.hub.clone(), sessions, store)));

    let (hub, metrics) = (node.hub.clone(), metrics.clone());
    spawn(Box::pin(async move {
        loop {
            let connections = hub.connections(None, None);
            let queued: usize = connections.iter().map(|mailbox| mailbox.queued_bytes()).sum();
            for transport in ["websocket", "http_stream", "sse"] {
                let count =
                    connections.iter().filter(|mailbox| mailbox.owner().transport == transport).count();
                gauge!(names::CONNECTIONS, "transport" => transport).set(count_of(count));
            }
            gauge!(names::SESSIONS).set(count_of(revalidation::live_sessions(&hub).len()));
            gauge!(names::ROOMS_FOLLOWED).set(count_of(hub.room_count()));
            gauge!(names::QUEUED_BYTES).set(count_of(queued));
            drop(connections);
            metrics.upkeep();
            tokio::time::sleep(FIGURES_INTERVAL).await;
        }
    }));
}

#[expect(clippy::cast_precision_loss, reason = "no count comes near 2^52")]
fn count_of(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_that_panics_fails_the_node_and_one_that_ends_does_not() {
        let failed = CancellationToken::new();
        assert_eq!(tokio::spawn(Alarm::new(&failed, "test").over(async { 7 })).await.unwrap(), 7);
        let stopped = tokio::spawn(Alarm::new(&failed, "test").over(std::future::pending::<()>()));
        stopped.abort();
        assert!(stopped.await.is_err() && !failed.is_cancelled());
        let broken = async {
            tokio::task::yield_now().await;
            panic!("as a loop with a bug does");
        };
        let ended: Result<(), _> = tokio::spawn(Alarm::new(&failed, "test").over(broken)).await;
        assert!(ended.is_err() && failed.is_cancelled());
    }
}
