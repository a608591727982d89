//! The envelope of what the server sends, and the results of requests.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::error::Error;
use crate::message::message;
use crate::publication::{ClientInfo, Publication};
use crate::push::Push;

message! {
    /// What the server sends: with an id the answer to a command, without one a push, with neither a ping.
    pub struct Reply {
        /// The command's id; 0 for pushes and pings.
        pub id: u32 => [uint32, tag = "1"],
        /// Why the command failed.
        pub error: Option<Error> => [message, optional, tag = "2"],
        /// An unasked-for message.
        pub push: Option<Push> => [message, optional, tag = "4"],
        /// The session is open.
        pub connect: Option<ConnectResult> => [message, optional, tag = "5"],
        /// The client follows the channel.
        pub subscribe: Option<SubscribeResult> => [message, optional, tag = "6"],
        /// The client no longer follows the channel.
        pub unsubscribe: Option<UnsubscribeResult> => [message, optional, tag = "7"],
        /// The publication was accepted.
        pub publish: Option<PublishResult> => [message, optional, tag = "8"],
        /// Who is in the channel.
        pub presence: Option<PresenceResult> => [message, optional, tag = "9"],
        /// How many are in the channel.
        pub presence_stats: Option<PresenceStatsResult> => [message, optional, tag = "10"],
        /// Publications of the channel.
        pub history: Option<HistoryResult> => [message, optional, tag = "11"],
        /// Answers a ping request.
        pub ping: Option<PingResult> => [message, optional, tag = "12"],
        /// What the method returned.
        pub rpc: Option<RpcResult> => [message, optional, tag = "13"],
        /// The fresh connection token was accepted.
        pub refresh: Option<RefreshResult> => [message, optional, tag = "14"],
        /// The fresh subscription token was accepted.
        pub sub_refresh: Option<SubRefreshResult> => [message, optional, tag = "15"],
    }
}

/// A constructor of a reply for each result.
macro_rules! reply_constructors {
    ($($(#[$doc:meta])* $name:ident: $type:ty),* $(,)?) => {
        impl Reply {$(
            $(#[$doc])*
            pub fn $name(id: u32, result: $type) -> Self {
                Self { id, $name: Some(result), ..Self::default() }
            }
        )*}
    };
}

reply_constructors! {
    /// The command with this id failed.
    error: Error,
    /// The session is open.
    connect: ConnectResult,
    /// The client follows the channel.
    subscribe: SubscribeResult,
    /// The client no longer follows the channel.
    unsubscribe: UnsubscribeResult,
    /// The publication was accepted.
    publish: PublishResult,
    /// Who is in the channel.
    presence: PresenceResult,
    /// How many are in the channel.
    presence_stats: PresenceStatsResult,
    /// Publications of the channel.
    history: HistoryResult,
    /// Answers a ping request.
    ping: PingResult,
    /// What the method returned.
    rpc: RpcResult,
    /// The fresh connection token was accepted.
    refresh: RefreshResult,
    /// The fresh subscription token was accepted.
    sub_refresh: SubRefreshResult,
}

impl Reply {
    /// Wraps an unasked-for message.
    pub fn push(push: Push) -> Self {
        Self { push: Some(push), ..Self::default() }
    }

    /// Whether this is the server's ping, which is an empty reply.
    pub fn is_ping(&self) -> bool {
        *self == Self::default()
    }
}

message! {
    /// The session is open.
    pub struct ConnectResult {
        /// The connection's id.
        pub client: String => [string, tag = "1"],
        /// The server's version.
        pub version: String => [string, tag = "2"],
        /// Whether the connection expires and the client must refresh its token.
        pub expires: bool => [bool, tag = "3"],
        /// In how many seconds it expires.
        pub ttl: u32 => [uint32, tag = "4"],
        /// The application's JSON.
        pub data: Bytes => [bytes = "bytes", tag = "5"],
        /// Server-side subscriptions, by channel.
        pub subs: BTreeMap<String, SubscribeResult> => [btree_map = "string, message", tag = "6"],
        /// The interval of pings, in seconds; 0 where the server sends none.
        pub ping: u32 => [uint32, tag = "7"],
        /// Whether pings must be answered.
        pub pong: bool => [bool, tag = "8"],
        /// The session that emulation requests name.
        pub session: String => [string, tag = "9"],
        /// The node that emulation requests name.
        pub node: String => [string, tag = "10"],
        /// The server's time, in milliseconds since 1970 UTC.
        pub time: i64 => [int64, tag = "11"],
    }
}

message! {
    /// The client follows the channel.
    pub struct SubscribeResult {
        /// Whether the subscription expires and the client must refresh its token.
        pub expires: bool => [bool, tag = "1"],
        /// In how many seconds it expires.
        pub ttl: u32 => [uint32, tag = "2"],
        /// Whether the client may recover from a position.
        pub recoverable: bool => [bool, tag = "3"],
        /// The log's incarnation.
        pub epoch: String => [string, tag = "6"],
        /// What followed the client's position.
        pub publications: Vec<Publication> => [message, repeated, tag = "7"],
        /// Whether everything after the client's position is there or will follow.
        pub recovered: bool => [bool, tag = "8"],
        /// The client's own offset where it recovered, so that dying while it works through the publications
        /// loses nothing; else the channel's newest.
        pub offset: u64 => [uint64, tag = "9"],
        /// Whether publications carry positions.
        pub positioned: bool => [bool, tag = "10"],
        /// The application's JSON.
        pub data: Bytes => [bytes = "bytes", tag = "11"],
        /// Whether the client asked to recover.
        pub was_recovering: bool => [bool, tag = "12"],
        /// Whether publications may come as deltas.
        pub delta: bool => [bool, tag = "13"],
    }
}

message! {
    /// The client no longer follows the channel.
    pub struct UnsubscribeResult {}
}

message! {
    /// The publication was accepted.
    pub struct PublishResult {}
}

message! {
    /// Who is in the channel.
    pub struct PresenceResult {
        /// Connections, by their id.
        pub presence: BTreeMap<String, ClientInfo> => [btree_map = "string, message", tag = "1"],
    }
}

message! {
    /// How many are in the channel.
    pub struct PresenceStatsResult {
        /// Connections.
        pub num_clients: u32 => [uint32, tag = "1"],
        /// Distinct users.
        pub num_users: u32 => [uint32, tag = "2"],
    }
}

message! {
    /// Publications of the channel.
    pub struct HistoryResult {
        /// In the order that was asked for.
        pub publications: Vec<Publication> => [message, repeated, tag = "1"],
        /// The log's incarnation.
        pub epoch: String => [string, tag = "2"],
        /// The channel's newest offset.
        pub offset: u64 => [uint64, tag = "3"],
    }
}

message! {
    /// Answers a ping request.
    pub struct PingResult {}
}

message! {
    /// What the method returned.
    pub struct RpcResult {
        /// The method's result.
        pub data: Bytes => [bytes = "bytes", tag = "1"],
    }
}

message! {
    /// The fresh connection token was accepted.
    pub struct RefreshResult {
        /// The connection's id.
        pub client: String => [string, tag = "1"],
        /// The server's version.
        pub version: String => [string, tag = "2"],
        /// Whether the connection expires.
        pub expires: bool => [bool, tag = "3"],
        /// In how many seconds it expires.
        pub ttl: u32 => [uint32, tag = "4"],
    }
}

message! {
    /// The fresh subscription token was accepted.
    pub struct SubRefreshResult {
        /// Whether the subscription expires.
        pub expires: bool => [bool, tag = "1"],
        /// In how many seconds it expires.
        pub ttl: u32 => [uint32, tag = "2"],
    }
}
