//! The node as its live connections see it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chinwag_api::{Api, ApiError, ErrorCode};
use chinwag_chat::{Channel, Entropy};
use chinwag_connection::{Config, Moment};
use chinwag_protocol::{ClientInfo, Limits};
use chinwag_realtime::{ClusterNode, Hub, Mailbox, NotAdmitted};
use ipnet::IpNet;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::admission::{Admission, AdmissionSettings};
use super::emulation::Emulated;
use super::relay::Relay;
use crate::http::{Failure, OriginPolicy};

/// How live connections behave.
#[derive(Debug, Clone)]
pub struct RealtimeSettings {
    /// The largest frame that a client may send.
    pub max_frame_bytes: usize,
    /// How much may wait for one client before publications are left to its catching up.
    pub max_queued_bytes: usize,
    /// How long a client may take nothing.
    pub write_timeout: Duration,
    /// The most rooms that the server subscribes a connection to by itself.
    pub max_subscribed_rooms: usize,
}

/// The node as its live connections see it.
pub struct Realtime {
    pub(crate) api: Arc<Api>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) settings: RealtimeSettings,
    pub(crate) connection_config: Arc<Config>,
    pub(crate) protocol_limits: Limits,
    pub(crate) origins: Arc<OriginPolicy>,
    pub(crate) trusted_proxies: Arc<[IpNet]>,
    pub(crate) emulated: Emulated,
    /// The node among the others.
    cluster: Option<Arc<ClusterNode>>,
    /// The way to the other nodes, where there are any.
    pub(crate) relay: Option<Relay>,
    /// How many clients may come in at once.
    pub(crate) admission: Admission,
    /// The tasks of live connections, so that a drain can wait for them.
    pub(crate) tasks: TaskTracker,
    origin: Instant,
    leaving: AtomicBool,
    entropy: Arc<dyn Entropy>,
}

impl Realtime {
    /// A node's live connections. `tasks` is told of each, so that a drain can wait for them.
    #[must_use]
    #[expect(
        clippy::too_many_arguments,
        reason = "called once, where the node is wired up; a struct would say it twice"
    )]
    pub fn new(
        api: Arc<Api>,
        hub: Arc<Hub>,
        settings: RealtimeSettings,
        connection_config: Config,
        origins: Arc<OriginPolicy>,
        trusted_proxies: Arc<[IpNet]>,
        tasks: TaskTracker,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            api,
            hub,
            settings,
            connection_config: Arc::new(connection_config),
            protocol_limits: Limits::default(),
            origins,
            trusted_proxies,
            emulated: Emulated::default(),
            cluster: None,
            relay: None,
            admission: Admission::new(AdmissionSettings::default()),
            tasks,
            origin: Instant::now(),
            leaving: AtomicBool::new(false),
            entropy,
        }
    }

    /// The same node as one of several.
    #[must_use]
    pub fn in_cluster(self, relay: Relay) -> Self {
        Self { relay: Some(relay), ..self }
    }

    /// The same node, which sees who is on the others and counts with them.
    #[must_use]
    pub fn seeing_others(self, cluster: Arc<ClusterNode>) -> Self {
        Self { cluster: Some(cluster), ..self }
    }

    /// Somebody looks at a connection's page, or does so no more.
    pub(crate) fn note_activity(&self, mailbox: &Arc<Mailbox>, is_active: bool) {
        if let Some(cluster) = &self.cluster {
            cluster.note_activity(mailbox, is_active);
        }
    }

    /// Who follows a channel: on all nodes, as far as this one knows of others.
    pub(crate) async fn present(&self, channel: &Channel) -> Vec<ClientInfo> {
        match &self.cluster {
            Some(cluster) => cluster.present(channel).await,
            None => self.hub.followers(channel),
        }
    }

    /// Whether the user of a connection that is registered may have one more.
    pub(crate) async fn admit(&self, mailbox: &Mailbox) -> Result<(), NotAdmitted> {
        match &self.cluster {
            Some(cluster) => cluster.admit(mailbox).await,
            None => Ok(()),
        }
    }

    /// The same node with another bound on how many clients come in at once.
    #[must_use]
    pub fn with_admission(self, settings: AdmissionSettings) -> Self {
        Self { admission: Admission::new(settings), ..self }
    }

    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }

    /// Opens no more connections: the node is on its way out.
    pub(crate) fn refuse_connections(&self) {
        self.leaving.store(true, Ordering::Relaxed);
    }

    pub(super) fn accepts_connections(&self) -> Result<(), Failure> {
        if self.leaving.load(Ordering::Relaxed) {
            return Err(ApiError::unavailable("the node is being stopped").into());
        }
        self.admission.may_arrive().map_err(|no_place| no_place.told(ErrorCode::Unavailable).into())
    }

    /// An id that nobody can guess: whoever knows it may send commands for the connection.
    pub(crate) fn session_id(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.random::<18>())
    }

    /// The id that clients know a connection by: unique whatever node it is on and however often that was restarted.
    pub(crate) fn client_id(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.random::<12>())
    }

    /// Monotonic time since the node started.
    pub(crate) fn now(&self) -> Moment {
        Moment::after_origin(self.origin.elapsed())
    }

    pub(crate) fn instant(&self, moment: Moment) -> Instant {
        self.origin + moment.since_origin()
    }
}
