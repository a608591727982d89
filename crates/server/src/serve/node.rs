//! The parts of a node and how they are put together.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chinwag_api::{Api, PresenceView, Sessions};
use chinwag_chat::trace::Traces;
use chinwag_chat::{Chat, Clock, Entropy, HintSink, IdSource, SessionId, StoreError};
use chinwag_protocol::DisconnectCode;
use chinwag_realtime::{ClusterNode, Hub, Notice};
use chinwag_worker::push::Identity;
use chinwag_worker::{Bell, Worker};
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::bus::{self, OpenBus};
use super::store::{self, OpenStore};
use super::work::Means;
use super::{cluster, files, work};
use crate::admin::{AdminState, RevokeSession};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::entropy::OsEntropy;
use crate::http::{HttpState, OriginPolicy};
use crate::metrics::Metrics;
use crate::realtime::{LiveView, Realtime};
use crate::server_view::NodeEye;
use crate::settings;
use crate::traces::{self, NodeTraces};

/// The parts of a running node.
pub(crate) struct Node {
    pub(crate) api: Arc<Api>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) store: OpenStore,
    pub(crate) bus: OpenBus,
    pub(crate) cluster: Arc<ClusterNode>,
    pub(super) realtime: Arc<Realtime>,
    connections: TaskTracker,
    /// Rung where something is committed that has work after it.
    bell: Arc<Bell>,
    traces: Option<Arc<NodeTraces>>,
    /// What tells traces to their collector, until somebody polls it.
    pub(crate) telling: Mutex<Option<BoxFuture<'static, ()>>>,
    /// What push services know the server by.
    identity: Option<Identity>,
}

impl Node {
    /// Opens the bus and the store, and puts together what works on them. The other nodes do not hear of it yet.
    pub(super) async fn open(
        config: &Config,
        listening: SocketAddr,
        max_connections: usize,
    ) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy);
        let bus = bus::open(&config.node).await?;
        let store = store::open(config, bus.bus.clone()).await?;
        let ids = IdSource::new(clock.clone(), entropy.clone());
        let chat =
            Chat::new(store.store.clone(), bus.bus.clone(), clock.clone(), ids, (&config.limits).into());
        let bell: Arc<Bell> = Arc::default();
        let chat = chat.with_follow_ups(work::follow_ups(config), Some(bell.clone()));
        let (traces, telling) = NodeTraces::open(config)?.unzip();
        let chat = chat.with_traces(traces.clone().map(|traces| traces as Arc<dyn Traces>));
        let chat = match work::hook(&config.hook, clock.clone())? {
            Some(hook) => chat.with_hook(hook),
            None => chat,
        };
        let hub = Arc::new(Hub::new(store.store.clone(), bus.bus.clone(), settings::hub(config)));
        let (shared, hub_there) = (store.cluster.clone(), hub.clone());
        let member = cluster::member(config, shared, hub_there, listening, max_connections, &*entropy);
        let (cluster, relay) = member.await?;
        let presence: Arc<dyn PresenceView> = Arc::new(LiveView::new(hub.clone(), cluster.clone()));
        let verifier = settings::token_verifier(&config.jwt, clock)?;
        let files = files::open(config, chat.clone(), entropy.clone())?;
        let identity = work::identity(&config.push, &*store.store, &*entropy).await?;
        let settings = settings::api(config, identity.as_ref());
        let api = Api::new(chat, entropy.clone(), presence, verifier, settings);
        let api = Arc::new(api.with_files(files));
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
        Ok(Self {
            api,
            hub,
            store,
            bus,
            cluster,
            realtime,
            connections,
            bell,
            traces,
            telling: Mutex::new(telling),
            identity,
        })
    }

    /// Who does the work that follows commits, if that is for this node.
    pub(super) fn workers(&self, config: &Config) -> anyhow::Result<Vec<Worker>> {
        let means = Means {
            store: self.store.store.clone(),
            outbox: self.store.outbox.clone(),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
            bell: self.bell.clone(),
            identity: self.identity.clone(),
        };
        work::workers(config, &means)
    }

    pub(super) fn http_state(&self, config: &Config) -> HttpState {
        http_state(config, self.api.clone())
    }

    /// What tells admins of the server about this node and the others.
    pub(super) fn eye(&self, config: &Config, metrics: Metrics) -> Arc<NodeEye> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        Arc::new(NodeEye {
            name: config.node.name(),
            store: self.store.store.clone(),
            nodes: self.store.cluster.clone(),
            hub: self.hub.clone(),
            metrics,
            started_at: clock.now(),
            clock,
            seen: Mutex::default(),
        })
    }

    pub(super) fn admin_state(&self) -> AdminState {
        AdminState {
            users: self.store.store.clone(),
            sessions: self.store.store.clone(),
            live: Arc::new(LiveView::new(self.hub.clone(), self.cluster.clone())),
            revoke: Arc::new(Revoke(self.api.accounts().sessions().clone())),
        }
    }

    /// Tells every client to reconnect elsewhere, spread over time so that they do not all come at once, and waits
    /// until they are gone. Who comes after that is sent away at once.
    pub(super) async fn send_clients_away(&self, spread: Duration) {
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
        let sink: Arc<dyn HintSink> = self.hub.clone();
        match &self.traces {
            Some(traces) => traces::traced(sink, traces.clone()),
            None => sink,
        }
    }
}

/// What the HTTP layer works with.
pub(super) fn http_state(config: &Config, api: Arc<Api>) -> HttpState {
    HttpState {
        api,
        origins: origins(config),
        secure_cookies: settings::secure_cookies(config),
        trusted_proxies: config.access.trusted_proxies.as_slice().into(),
    }
}

fn origins(config: &Config) -> Arc<OriginPolicy> {
    Arc::new(OriginPolicy::new(config.access.allowed_origins.iter().map(|origin| origin.as_str().to_owned())))
}

struct Revoke(Sessions);

#[async_trait]
impl RevokeSession for Revoke {
    async fn revoke(&self, session: SessionId) -> Result<bool, StoreError> {
        self.0.revoke(session).await
    }
}
