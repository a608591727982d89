//! The two ends of a bus: the one that the node publishes and follows by, and the one that delivers.

use std::sync::Arc;

use chinwag_bus_local::{LocalBus, LocalHints};
use chinwag_chat::{Bus, Channel, Entropy, Hint, HintSink};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use crate::envelope::room_for_one;
use crate::interest::Interest;
use crate::outgoing::Outgoing;
use crate::supervisor::Supervisor;
use crate::wire::{Link, Wire};
use crate::{NodeTag, Settings, WireError};

/// What a hint says around a state event: its kind and its channel, whose name has at most 69 bytes.
const AROUND_STATE_BYTES: usize = 128;

/// The end that publishes and follows.
pub struct RemoteBus {
    local: LocalBus,
    shared: Arc<Shared>,
    max_state_bytes: usize,
}

/// The end that delivers.
pub struct RemoteHints {
    local: LocalHints,
    supervisor: Supervisor,
    link: Link,
}

/// What both ends and the tasks of a link have in common.
pub(crate) struct Shared {
    pub(crate) own: NodeTag,
    pub(crate) settings: Settings,
    pub(crate) outgoing: Outgoing,
    /// `None` on a wire that brings everything.
    pub(crate) interest: Option<Mutex<Interest>>,
    pub(crate) interest_moved: Notify,
}

impl RemoteBus {
    /// Makes the first link.
    ///
    /// # Errors
    /// A sentence that names `--bus`: a node does not start without its bus, though it goes on without it.
    pub async fn connect(
        wire: impl Wire,
        settings: Settings,
        entropy: Arc<dyn Entropy>,
    ) -> Result<(Self, RemoteHints), WireError> {
        let link = make_link(&wire, &settings).await?;
        let mut tag = [0; 8];
        entropy.fill(&mut tag);
        let shared = Arc::new(Shared {
            own: NodeTag(u64::from_le_bytes(tag)),
            settings,
            outgoing: Outgoing::new(settings.max_waiting_hints, settings.max_waiting_bytes),
            interest: link.subscriber.as_ref().map(|_| Mutex::new(Interest::new(settings.linger))),
            interest_moved: Notify::new(),
        });
        let max_hint_bytes = room_for_one(wire.description().max_message_bytes);
        let max_state_bytes = max_hint_bytes.saturating_sub(AROUND_STATE_BYTES);
        let (local, local_hints) = LocalBus::new(settings.local_capacity);
        let supervisor = Supervisor::new(Arc::new(wire), shared.clone(), entropy);
        Ok((Self { local, shared, max_state_bytes }, RemoteHints { local: local_hints, supervisor, link }))
    }
}

impl Bus for RemoteBus {
    fn publish(&self, hint: Hint) {
        self.local.publish(hint.clone());
        self.shared.outgoing.push(hint);
    }

    fn max_state_bytes(&self) -> usize {
        self.max_state_bytes
    }

    fn follow(&self, channel: &Channel) {
        if let Some(interest) = &self.shared.interest
            && interest.lock().follow(channel)
        {
            self.shared.interest_moved.notify_one();
        }
    }

    fn unfollow(&self, channel: &Channel) {
        if let Some(interest) = &self.shared.interest {
            interest.lock().unfollow(channel, Instant::now());
            self.shared.interest_moved.notify_one();
        }
    }
}

impl RemoteHints {
    /// Delivers to the sink, the node's own hints and those of others, and keeps the link, until the publishing end is
    /// gone. Nothing goes on once this is dropped.
    pub async fn deliver(self, sink: Arc<dyn HintSink>) {
        tokio::select! {
            () = self.local.deliver(sink.clone()) => {}
            () = self.supervisor.run(self.link, sink) => {}
        }
    }
}

/// Asks the wire for a link, and does not wait for ever.
pub(crate) async fn make_link(wire: &dyn Wire, settings: &Settings) -> Result<Link, WireError> {
    // A name to look up, a handshake or two and a login: each may take as long as a request.
    let within = settings.deadline * 2;
    timeout(within, wire.connect()).await.unwrap_or_else(|_| {
        let description = wire.description();
        Err(WireError::Unreachable {
            server: description.server,
            place: description.place.clone(),
            reason: format!("no answer within {} s", within.as_secs_f32()),
        })
    })
}
