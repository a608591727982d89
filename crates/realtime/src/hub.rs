//! The node's channels and connections in one place: what comes from the bus goes out to who follows.

mod sink;

use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chinwag_chat::{Bus, Channel, SessionId, Store, UserId};
use chinwag_protocol::{ClientInfo, DisconnectCode, Push, Reply, encode_reply};
use hashbrown::{DefaultHashBuilder, HashMap};
use parking_lot::Mutex;

use crate::channel_state::{ChannelState, Progress};
use crate::due::Due;
use crate::mailbox::{ConnectionId, Mailbox, Notice};
use crate::per_encoding::PerEncoding;
use crate::reads::Reads;
use crate::recent::RecentRuns;
use crate::registry::Registry;
use crate::repair::Repairs;
use crate::{Outlet, PresenceConfig};

/// Channels are spread over this many locks, so that one busy room does not hold up the others.
const SHARDS: usize = 64;

/// How a hub behaves.
#[derive(Debug, Clone)]
pub struct HubConfig {
    /// How presence is told.
    pub presence: PresenceConfig,
    /// How much memory recently read changes may take, those in the followed channels' own rings not counted.
    pub recent_bytes: usize,
}

impl Default for HubConfig {
    fn default() -> Self {
        Self { presence: PresenceConfig::default(), recent_bytes: 32 * 1024 * 1024 }
    }
}

/// Boxed, because a table has room for about half as much again as is in it.
type Shard = Mutex<HashMap<Channel, Box<ChannelState>>>;

/// One node's fan-out.
pub struct Hub {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) config: HubConfig,
    pub(crate) registry: Registry,
    pub(crate) repairs: Repairs,
    pub(crate) reads: Reads,
    pub(crate) recent: RecentRuns,
    pub(crate) due: Arc<Due>,
    hasher: DefaultHashBuilder,
    shards: Box<[Shard]>,
    next_connection: AtomicU64,
}

impl Hub {
    /// A hub that repairs from this store and tells of presence on this bus.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, bus: Arc<dyn Bus>, config: HubConfig) -> Self {
        Self {
            store,
            bus,
            reads: Reads::default(),
            recent: RecentRuns::new(config.recent_bytes),
            config,
            registry: Registry::default(),
            repairs: Repairs::default(),
            due: Arc::default(),
            hasher: DefaultHashBuilder::default(),
            shards: (0..SHARDS).map(|_| Shard::default()).collect(),
            next_connection: AtomicU64::new(1),
        }
    }

    /// An id for a new connection, never given twice by this node.
    #[must_use]
    pub fn next_connection_id(&self) -> ConnectionId {
        ConnectionId(self.next_connection.fetch_add(1, Ordering::Relaxed))
    }

    /// Takes a connection in. Where the node sends its clients away, it is told to leave at once.
    pub fn register(&self, mailbox: &Arc<Mailbox>) {
        if let Some(code) = self.registry.insert(mailbox.clone()) {
            mailbox.notify(Notice::Close(code));
        }
    }

    /// From now on, what is put into the mailbox is written to this socket. [`Hub::write_due`] must run.
    pub fn open(&self, mailbox: &Mailbox, outlet: Arc<dyn Outlet>) {
        mailbox.open(outlet, self.due.clone());
    }

    /// Forgets a connection and whatever it follows.
    pub fn unregister(&self, mailbox: &Mailbox) {
        for channel in mailbox.follows() {
            self.unfollow(mailbox.id(), &channel);
        }
        self.registry.remove(mailbox);
    }

    /// The connections of this node, or those of one session, or of one user.
    #[must_use]
    pub fn connections(&self, session: Option<SessionId>, user: Option<&UserId>) -> Vec<Arc<Mailbox>> {
        let mut connections = self.registry.connections(session, user);
        // Whoever goes through them all does so in an order that can be repeated.
        connections.sort_unstable_by_key(|mailbox| mailbox.id());
        connections
    }

    /// How many connections there are.
    #[must_use]
    pub fn connection_count(&self) -> usize {
        self.registry.len()
    }

    /// How many rooms are followed.
    #[must_use]
    pub fn room_count(&self) -> usize {
        let rooms =
            |shard: &Shard| shard.lock().keys().filter(|channel| matches!(channel, Channel::Room(_))).count();
        self.shards.iter().map(rooms).sum()
    }

    /// The connections that follow a channel, by the id that clients know them by.
    #[must_use]
    pub fn followers(&self, channel: &Channel) -> Vec<ClientInfo> {
        self.with(channel, |state| {
            let present = state
                .followers
                .values()
                .filter(|follower| matches!(follower.progress, Progress::Live | Progress::Behind(_)));
            present.map(|follower| client_info(&follower.mailbox)).collect()
        })
        .unwrap_or_default()
    }

    /// Whether the connection is down for the channel, in whatever way.
    #[must_use]
    pub fn is_following(&self, id: ConnectionId, channel: &Channel) -> bool {
        self.with(channel, |state| state.followers.get(id).is_some()).unwrap_or(false)
    }

    /// Ends every connection, and every one that comes from now on.
    pub fn close_all(&self, code: DisconnectCode) {
        for mailbox in self.registry.close(code) {
            mailbox.notify(Notice::Close(code));
        }
    }

    /// Works on a channel that somebody follows.
    pub(crate) fn with<T>(&self, channel: &Channel, work: impl FnOnce(&mut ChannelState) -> T) -> Option<T> {
        let mut shard = self.shard(channel).lock();
        let state = shard.get_mut(channel)?;
        let was_unknown = state.feed.head().is_none();
        let result = work(state);
        if was_unknown && let Some(head) = state.feed.head() {
            self.recent.wake(channel, head);
        }
        for messages in state.feed.take_revised() {
            self.recent.forget(channel, messages);
        }
        if state.followers.is_empty() {
            // Nobody's channel takes no memory of its own; but whoever left it may be back in a moment.
            if let Some(head) = state.feed.head() {
                self.recent.keep(channel, state.feed.take_ring());
                self.recent.rest(channel, head);
            }
            shard.remove(channel);
            self.reads.want_no_more(channel);
            self.bus.unfollow(channel);
        }
        Some(result)
    }

    /// Works on a channel that somebody is about to follow.
    pub(crate) fn with_new<T>(&self, channel: &Channel, work: impl FnOnce(&mut ChannelState) -> T) -> T {
        let mut shard = self.shard(channel).lock();
        let state = shard.entry(channel.clone()).or_insert_with(|| {
            self.bus.follow(channel);
            self.reads.want(channel);
            Box::default()
        });
        work(state)
    }

    /// The followed channels that are of interest, in their order.
    pub(crate) fn channels(&self, of_interest: impl Fn(&ChannelState) -> bool) -> Vec<Channel> {
        let mut channels = vec![];
        for shard in &self.shards {
            let shard = shard.lock();
            let found = shard.iter().filter(|(_, state)| of_interest(state));
            channels.extend(found.map(|(channel, _)| channel.clone()));
        }
        channels.sort_unstable();
        channels
    }

    /// Tells those who want to know it that somebody came to a channel or left it.
    pub(crate) fn tell_watchers(state: &ChannelState, channel: &Channel, about: &Mailbox, came: bool) {
        if state.watchers == 0 {
            return;
        }
        let info = client_info(about);
        let name = channel.to_string();
        let push = Reply::push(if came { Push::join(name, info) } else { Push::leave(name, info) });
        let mut bytes = PerEncoding::default();
        for follower in state.followers.values().filter(|follower| follower.join_leave) {
            if follower.mailbox.id() != about.id() {
                let encoding = follower.mailbox.owner().encoding;
                follower.mailbox.offer_state(|| bytes.get(encoding, || encode_reply(encoding, &push)));
            }
        }
    }

    fn shard(&self, channel: &Channel) -> &Shard {
        let hash = self.hasher.hash_one(channel);
        // Truncation keeps the low bits, which is all that is wanted.
        #[expect(clippy::cast_possible_truncation, reason = "only the remainder counts")]
        &self.shards[hash as usize % SHARDS]
    }
}

/// How the members of a channel see a connection.
fn client_info(mailbox: &Mailbox) -> ClientInfo {
    let owner = mailbox.owner();
    ClientInfo { user: owner.user.to_string(), client: owner.client.clone(), ..ClientInfo::default() }
}

#[cfg(test)]
mod tests;
