//! What a connection asks its driver to do, and what the driver answers.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use chinwag_chat::Channel;
use chinwag_protocol::{ClientInfo, DisconnectCode, Error, Publication};

/// Ties an [`Answer`] to its [`Effect`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EffectId(pub(crate) u32);

/// A client's position in a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The rev that it has.
    pub offset: u64,
    /// The log that the rev is of; empty if the client never learned it.
    pub epoch: String,
}

/// Something that only the world outside can do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Find out who this is and what they follow.
    Connect {
        /// The token; empty where the handshake's cookie must do.
        token: String,
        /// The client's own data.
        data: Bytes,
        /// Where the client was in the channels that the server subscribed it to before.
        resume: BTreeMap<Channel, Position>,
        /// Channels that the client subscribes itself right after: the server leaves them alone.
        except: Vec<Channel>,
    },
    /// Follow a channel, from a position or from its head.
    Subscribe {
        /// Which.
        channel: Channel,
        /// From where, for a client that was there before.
        resume: Option<Position>,
        /// Whether the client wants to know who else comes and goes.
        join_leave: bool,
        /// Whether the subscription is the server's doing; then the client is told by a push.
        by_server: bool,
    },
    /// Stop following a channel.
    Unsubscribe {
        /// Which.
        channel: Channel,
    },
    /// Publish to a channel.
    Publish {
        /// Which.
        channel: Channel,
        /// What: JSON.
        data: Bytes,
    },
    /// Read a channel's log.
    History {
        /// Which.
        channel: Channel,
        /// After (or, in reverse, before) which position.
        since: Option<Position>,
        /// At most how many; none for only the position, negative for all.
        limit: i32,
        /// From new to old.
        reverse: bool,
    },
    /// Who follows a channel.
    Presence {
        /// Which.
        channel: Channel,
    },
    /// How many follow a channel.
    PresenceStats {
        /// Which.
        channel: Channel,
    },
    /// Call a method.
    Rpc {
        /// Its name.
        method: String,
        /// Its argument: JSON, or empty.
        data: Bytes,
    },
    /// Take a message that wants no answer.
    Send {
        /// What: JSON.
        data: Bytes,
    },
    /// Check a fresh token of the same user.
    Refresh {
        /// The token.
        token: String,
    },
}

/// How an [`Effect`] came out. The variant must be the effect's own.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// To [`Effect::Connect`].
    Connected(Box<Connected>),
    /// To [`Effect::Subscribe`].
    Subscribed(Box<Subscribed>),
    /// To [`Effect::Unsubscribe`].
    Unsubscribed,
    /// To [`Effect::Publish`].
    Published,
    /// To [`Effect::History`].
    History {
        /// The log's entries.
        publications: Vec<Publication>,
        /// The channel's head.
        head: Position,
    },
    /// To [`Effect::Presence`], by client id.
    Presence(BTreeMap<String, ClientInfo>),
    /// To [`Effect::PresenceStats`].
    PresenceStats {
        /// Connections.
        clients: u32,
        /// Different users.
        users: u32,
    },
    /// To [`Effect::Rpc`]: JSON.
    Rpc(Bytes),
    /// To [`Effect::Send`].
    Sent,
    /// To [`Effect::Refresh`]: how long the token lasts; forever where there is no end.
    Refreshed(Option<Duration>),
    /// To any: it did not happen.
    Failed(Failure),
}

/// Why an effect did not happen.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    /// The client gets an error reply and the connection goes on.
    Error(Error),
    /// The connection ends.
    Disconnect(DisconnectCode),
}

/// Who a connection turned out to be.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Connected {
    /// The connection's id, known to the client.
    pub client: String,
    /// The id under which fallback transports send their commands.
    pub session: String,
    /// JSON for the application.
    pub data: Bytes,
    /// The channels that the server subscribed the connection to.
    pub subscriptions: BTreeMap<Channel, Subscribed>,
    /// How long the token lasts before the client must refresh it; none where it need not.
    pub refresh_in: Option<Duration>,
    /// How long the connection may last whatever the client does.
    pub ends_in: Option<Duration>,
}

/// A channel that is now followed. Nothing of it is delivered before the machine says
/// [`Output::Activate`](crate::Output::Activate).
#[derive(Debug, Clone, PartialEq)]
pub struct Subscribed {
    /// The channel's log and its head, or, for a resumption, the position that the client asked from.
    pub position: Position,
    /// What came of a client's wish to resume.
    pub resumption: Resumption,
}

/// What came of a client's wish to resume.
#[derive(Debug, Clone, PartialEq)]
pub enum Resumption {
    /// It did not ask to.
    NotAsked,
    /// It gets everything since its position: these at once, the rest as ordinary publications.
    Recovered(Vec<Publication>),
    /// Its position is gone.
    Unrecoverable,
}
