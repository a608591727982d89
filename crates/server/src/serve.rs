//! A node from its configuration to its end.

mod bus;
mod cluster;
pub(crate) mod files;
pub(crate) mod neighbours;
mod node;
mod nodeless;
mod start;
mod store;
mod work;

use std::io;
use std::time::Duration;

use anyhow::Context as _;
use chinwag_worker::Worker;
use futures_util::future::join_all;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admin::{self, AdminSocket};
use crate::config::{Loaded, Role};
use crate::housekeeping::Alarm;
use crate::http;
use crate::metrics::Metrics;
use crate::open_files::OpenFiles;
use crate::realtime;
use crate::shutdown::health;
use crate::shutdown::signals::{Asked, Signals};
use crate::shutdown::{Ending, Lifecycle, Phase, Stop, wind_down};
use crate::{cli, housekeeping, listen, logging};

pub(crate) use node::Node;
pub use nodeless::Nodeless;
use start::Started;

/// How long background tasks may take to notice that the node stops.
const BACKGROUND_TIMEOUT: Duration = Duration::from_secs(1);

/// Runs a node until it is told to stop.
///
/// # Errors
/// Whatever keeps it from starting, in words that name the setting or file and the way out.
pub async fn serve(loaded: Loaded) -> anyhow::Result<()> {
    let Loaded { config, warnings, .. } = loaded;
    logging::init(&config.log)?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    let mut signals = Signals::listen().context("cannot listen for signals")?;
    let open_files = OpenFiles::raise();
    let metrics = Metrics::install()?;
    let lifecycle = Lifecycle::default();

    // Listening comes first: two nodes on one port should not get as far as the store.
    let listener = listen::bind(config.node.listen)?;
    let address = listener.local_addr()?;
    let max_connections = open_files.max_connections(config.http.max_connections);
    let Some(started) = start::start(&config, address, max_connections, &mut signals).await? else {
        return Ok(());
    };
    let Started { node, admin, workers } = started;

    let stopping = CancellationToken::new();
    let background = TaskTracker::new();
    let failed = CancellationToken::new();
    housekeeping::spawn(&background, &node, &config, &metrics, &stopping, &failed);
    let admin_router =
        admin::router(node.admin_state()).merge(admin::nodes::router(node.store.cluster.clone()));
    let admin_router = admin_router.merge(admin::outbox::router(
        node.store.outbox.clone(),
        node.store.store.clone(),
        node.api.chat().follow_ups().clone(),
    ));
    let admin_router = admin_router.merge(admin::exports::router(node.api.chat().clone()));
    let admin_router = admin_router.merge(admin::users::router(node.api.clone()));
    let admin_router = admin_router.merge(admin::keys::router(node.api.clone()));
    let admin_router = admin_router.merge(admin::import::router(node.api.chat().clone()));
    background.spawn(serve_admin(admin, admin_router, stopping.clone()));

    node.api.told_by(node.eye(&config, metrics.clone()));
    let roles = &config.node.role;
    let mut beside = health::router(lifecycle.clone(), node.store.health.clone());
    if roles.has(Role::Gateway) {
        beside = beside.merge(realtime::router(node.realtime.clone()));
    }
    if config.metrics.enabled {
        beside = beside.merge(metrics.clone().router());
    }
    let router = http::router(node.http_state(&config), roles, beside);
    // A little less than the phase has, so that it is the listener that says what was cut off.
    let stop_timeout = config.drain.flush_timeout.mul_f32(0.8);
    let limits = listen::Limits::new(&config.http, max_connections, stop_timeout);
    let draining = lifecycle.reached(Phase::Flushing);
    let server = tokio::spawn(listen::serve(listener, router, limits, draining));
    let worker = spawn_workers(workers, &lifecycle, &failed);
    if roles.has(Role::Worker) {
        let watch = chinwag_worker::watch_backlog(node.store.outbox.clone());
        let watch = stopping.clone().run_until_cancelled_owned(watch);
        background.spawn(Alarm::new(&failed, "worker").over(watch));
    }

    lifecycle.advance(Phase::Running);
    cli::say(&cli::greeting(address, &node.store.place, roles));

    let asked = tokio::select! {
        asked = signals.next() => asked,
        () = node.cluster.drain_wished() => Asked::Terminate,
        // A node that is only half alive is worse than one that is gone.
        () = failed.cancelled() => {
            tracing::error!("a part of the node panicked: stopping");
            Asked::Terminate
        }
    };
    node.cluster.begin_drain();
    let stop = Stop {
        drain: node.send_clients_away(config.drain.spread),
        flush: async {
            let (server, worker) = tokio::join!(server, worker);
            if server.is_err() {
                tracing::error!("the listener ended badly");
            }
            if worker.is_err() {
                tracing::error!("the worker ended badly");
            }
        },
        at_once: async {
            signals.next().await;
        },
    };
    let ending = wind_down(&lifecycle, &config.drain, asked, stop).await;
    stopping.cancel();
    background.close();
    // Nothing in the background is worth more than a moment: what is not done is done by the next start.
    if tokio::time::timeout(BACKGROUND_TIMEOUT, background.wait()).await.is_err() {
        tracing::warn!("left background work unfinished");
    }
    // After the heartbeat has ended: another beat would bring the node back.
    cluster::leave(&node.cluster).await;
    match ending {
        Ending::Clean => tracing::info!("stopped"),
        Ending::OutOfTime(phase) => tracing::warn!(?phase, "stopped; a phase ran out of time"),
        Ending::AtOnce => tracing::warn!("stopped at once"),
    }
    Ok(())
}

async fn serve_admin(socket: AdminSocket, router: axum::Router, stopping: CancellationToken) {
    let served: io::Result<()> = socket.serve(router, stopping.cancelled_owned()).await;
    if let Err(error) = served {
        tracing::error!(%error, "the admin socket ended");
    }
}

/// Does the work that follows commits, if that is for this node, until the node has nothing more to accept. Should it
/// panic, `failed` is cancelled.
fn spawn_workers(workers: Vec<Worker>, lifecycle: &Lifecycle, failed: &CancellationToken) -> JoinHandle<()> {
    let working = workers.into_iter().map(|worker| worker.run(lifecycle.reached(Phase::Flushing)));
    let working = join_all(working.collect::<Vec<_>>());
    tokio::spawn(Alarm::new(failed, "worker").over(async move {
        working.await;
    }))
}
