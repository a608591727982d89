//! A node from its configuration to its end.

mod bus;
mod cluster;
mod store;
mod work;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use chinwag_api::{Api, PresenceView, Sessions};
use chinwag_chat::{Chat, Clock, Entropy, HintSink, IdSource, SessionId, StoreError};
use chinwag_protocol::DisconnectCode;
use chinwag_realtime::{ClusterNode, Hub, Notice};
use chinwag_worker::Bell;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admin::{self, AdminSocket, AdminState, RevokeSession};
use crate::clock::SystemClock;
use crate::config::{Config, Loaded, Role};
use crate::entropy::OsEntropy;
use crate::housekeeping::Alarm;
use crate::http::{self, HttpState, OriginPolicy};
use crate::metrics::Metrics;
use crate::open_files::OpenFiles;
use crate::realtime::{self, LiveView, Realtime};
use crate::shutdown::health;
use crate::shutdown::signals::{Asked, Signals};
use crate::shutdown::{Ending, Lifecycle, Phase, Stop, wind_down};
use crate::{cli, housekeeping, listen, logging, settings};

use bus::OpenBus;
use store::OpenStore;

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
    let node = Node::start(&config, address, max_connections).await?;
    let admin = AdminSocket::bind(&config.admin.socket_path(&config.node)).await?;

    let stopping = CancellationToken::new();
    let background = TaskTracker::new();
    let failed = CancellationToken::new();
    housekeeping::spawn(&background, &node, &config, &metrics, &stopping, &failed);
    let admin_router =
        admin::router(node.admin_state()).merge(admin::nodes::router(node.store.cluster.clone()));
    let admin_router = admin_router.merge(admin::outbox::router(node.store.outbox.clone()));
    background.spawn(serve_admin(admin, admin_router, stopping.clone()));

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
    let worker = node.spawn_worker(&config, &lifecycle, &failed)?;
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

/// The parts of a running node.
pub(crate) struct Node {
    pub(crate) api: Arc<Api>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) store: OpenStore,
    pub(crate) bus: OpenBus,
    pub(crate) cluster: Arc<ClusterNode>,
    realtime: Arc<Realtime>,
    connections: TaskTracker,
    /// Rung where something is committed that has work after it.
    bell: Arc<Bell>,
}

impl Node {
    async fn start(config: &Config, listening: SocketAddr, max_connections: usize) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy);
        let bus = bus::open(&config.node).await?;
        let store = store::open(config, bus.bus.clone()).await?;
        let ids = IdSource::new(clock.clone(), entropy.clone());
        let chat =
            Chat::new(store.store.clone(), bus.bus.clone(), clock.clone(), ids, (&config.limits).into());
        let bell: Arc<Bell> = Arc::default();
        let chat = chat.with_follow_ups(work::follow_ups(&config.webhooks), Some(bell.clone()));
        let hub = Arc::new(Hub::new(store.store.clone(), bus.bus.clone(), settings::hub(config)));
        let (shared, hub_there) = (store.cluster.clone(), hub.clone());
        let joining = cluster::join(config, shared, hub_there, listening, max_connections, &*entropy);
        let (cluster, relay) = joining.await?;
        let presence: Arc<dyn PresenceView> = Arc::new(LiveView::new(hub.clone(), cluster.clone()));
        let verifier = settings::token_verifier(&config.jwt, clock)?;
        let api = Arc::new(Api::new(chat, entropy.clone(), presence, verifier, settings::api(config)));
        let connections = TaskTracker::new();
        let realtime = Realtime::new(
            api.clone(),
            hub.clone(),
            settings::realtime(config),
            settings::connection(config),
            origins(config),
            config.access.trusted_proxies.as_slice().into(),
            connections.clone(),
            entropy,
        );
        let realtime = realtime.with_admission(settings::admission(config)).in_cluster(relay);
        let realtime = Arc::new(realtime.seeing_others(cluster.clone()));
        Ok(Self { api, hub, store, bus, cluster, realtime, connections, bell })
    }

    /// Does the work that follows commits, if that is for this node, until the node has nothing more to accept.
    /// Should it panic, `failed` is cancelled.
    fn spawn_worker(
        &self,
        config: &Config,
        lifecycle: &Lifecycle,
        failed: &CancellationToken,
    ) -> anyhow::Result<JoinHandle<()>> {
        let (store, outbox) = (self.store.store.clone(), self.store.outbox.clone());
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(OsEntropy));
        let worker = work::worker(config, store, outbox, clock, entropy, self.bell.clone())?;
        let stop = lifecycle.reached(Phase::Flushing);
        Ok(tokio::spawn(Alarm::new(failed, "worker").over(async move {
            if let Some(worker) = worker {
                worker.run(stop).await;
            }
        })))
    }

    fn http_state(&self, config: &Config) -> HttpState {
        HttpState {
            api: self.api.clone(),
            origins: origins(config),
            secure_cookies: settings::secure_cookies(config),
            trusted_proxies: config.access.trusted_proxies.as_slice().into(),
        }
    }

    fn admin_state(&self) -> AdminState {
        AdminState {
            users: self.store.store.clone(),
            sessions: self.store.store.clone(),
            live: Arc::new(LiveView::new(self.hub.clone(), self.cluster.clone())),
            revoke: Arc::new(Revoke(self.api.accounts().sessions().clone())),
        }
    }

    /// Tells every client to reconnect elsewhere, spread over time so that they do not all come at once, and waits
    /// until they are gone. Who comes after that is sent away at once.
    async fn send_clients_away(&self, spread: Duration) {
        self.realtime.refuse_connections();
        let connections = self.hub.connections(None, None);
        let count = u32::try_from(connections.len()).unwrap_or(u32::MAX).max(1);
        let began = Instant::now();
        for (n, mailbox) in (0..).zip(connections) {
            // By the clock, not by pauses: a pause is never shorter than a tick of the timer.
            let due = began + spread.mul_f64(f64::from(n) / f64::from(count));
            if due > Instant::now() {
                tokio::time::sleep_until(due).await;
            }
            mailbox.notify(Notice::Close(DisconnectCode::Shutdown));
        }
        self.hub.close_all(DisconnectCode::Shutdown);
        self.connections.close();
        self.connections.wait().await;
    }

    /// The sink of the bus.
    pub(crate) fn sink(&self) -> Arc<dyn HintSink> {
        self.hub.clone()
    }
}

fn origins(config: &Config) -> Arc<OriginPolicy> {
    Arc::new(OriginPolicy::new(config.access.allowed_origins.iter().map(|origin| origin.as_str().to_owned())))
}

async fn serve_admin(socket: AdminSocket, router: axum::Router, stopping: CancellationToken) {
    let served: io::Result<()> = socket.serve(router, stopping.cancelled_owned()).await;
    if let Err(error) = served {
        tracing::error!(%error, "the admin socket ended");
    }
}

struct Revoke(Sessions);

#[async_trait]
impl RevokeSession for Revoke {
    async fn revoke(&self, session: SessionId) -> Result<bool, StoreError> {
        self.0.revoke(session).await
    }
}
