//! The requests that a [`Command`](crate::Command) can carry, field by field.
//!
//! Fields for features that Chinwag refuses are kept where their presence must be noticed (`delta`, `type`,
//! `tf`); the rest of what newer SDKs may send is ignored like any unknown field.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::message::message;
use crate::publication::StreamPosition;

message! {
    /// Opens the session; the first command of every connection.
    #[prost(skip_debug)]
    pub struct ConnectRequest {
        /// A session token or a JWT; empty where a cookie says who connects.
        pub token: String => [string, tag = "1"],
        /// The application's JSON for the connect handler.
        pub data: Bytes => [bytes = "bytes", tag = "2"],
        /// Positions of server-side subscriptions to recover, by channel.
        pub subs: BTreeMap<String, SubscribeRequest> => [btree_map = "string, message", tag = "3"],
        /// The client's name, for statistics.
        pub name: String => [string, tag = "4"],
        /// The client's version, for statistics.
        pub version: String => [string, tag = "5"],
        /// Emulated HTTP headers, from clients that cannot set real ones.
        pub headers: BTreeMap<String, String> => [btree_map = "string, string", tag = "6"],
        /// Feature bits that the client offers.
        pub flag: i64 => [int64, tag = "7"],
    }
}

message! {
    /// Follows a channel, optionally from a position on.
    #[prost(skip_debug)]
    pub struct SubscribeRequest {
        /// The channel's name; empty inside [`ConnectRequest::subs`], where the key names it.
        pub channel: String => [string, tag = "1"],
        /// A subscription token.
        pub token: String => [string, tag = "2"],
        /// Whether to replay what followed `offset`.
        pub recover: bool => [bool, tag = "3"],
        /// The log's incarnation that `offset` belongs to.
        pub epoch: String => [string, tag = "6"],
        /// The offset of the last publication that the client has.
        pub offset: u64 => [uint64, tag = "7"],
        /// The application's JSON for the subscribe handler.
        pub data: Bytes => [bytes = "bytes", tag = "8"],
        /// Asks for a positioned subscription.
        pub positioned: bool => [bool, tag = "9"],
        /// Asks for a recoverable subscription.
        pub recoverable: bool => [bool, tag = "10"],
        /// Asks for join and leave pushes.
        pub join_leave: bool => [bool, tag = "11"],
        /// The delta encoding that the client offers; not negotiating it is always allowed.
        pub delta: String => [string, tag = "12"],
        /// A publication filter; refused where set.
        pub tf: Option<FilterNode> => [message, optional, tag = "13"],
        /// Feature bits; see [`SubscribeRequest::rejects_unrecovered`].
        pub flag: i64 => [int64, tag = "14"],
        /// The subscription's type: 0 is a stream, others are refused.
        #[serde(rename = "type")]
        pub kind: i32 => [int32, tag = "15"],
    }
}

impl SubscribeRequest {
    /// Whether a lost position must be answered by error 112 instead of `recovered: false`.
    pub fn rejects_unrecovered(&self) -> bool {
        self.flag & 2 != 0
    }
}

message! {
    /// A publication filter. Only its presence is looked at, because filters are refused.
    pub struct FilterNode {}
}

message! {
    /// Stops following a channel.
    pub struct UnsubscribeRequest {
        /// The channel's name.
        pub channel: String => [string, tag = "1"],
    }
}

message! {
    /// Publishes into a channel; in a room it sends a message.
    pub struct PublishRequest {
        /// The channel's name.
        pub channel: String => [string, tag = "1"],
        /// What is published.
        pub data: Bytes => [bytes = "bytes", tag = "2"],
        /// The channel's type: 0 is a stream, others are refused.
        #[serde(rename = "type")]
        pub kind: i32 => [int32, tag = "3"],
        /// A map channel's key; refused where set.
        pub key: String => [string, tag = "4"],
        /// Removes a map channel's key; refused where set.
        pub removed: bool => [bool, tag = "5"],
    }
}

message! {
    /// Asks who is in a channel.
    pub struct PresenceRequest {
        /// The channel's name.
        pub channel: String => [string, tag = "1"],
    }
}

message! {
    /// Asks how many are in a channel.
    pub struct PresenceStatsRequest {
        /// The channel's name.
        pub channel: String => [string, tag = "1"],
    }
}

message! {
    /// Reads a channel's publications.
    pub struct HistoryRequest {
        /// The channel's name.
        pub channel: String => [string, tag = "1"],
        /// How many publications at most: 0 asks for the position only, less than 0 for no limit of the
        /// client's.
        pub limit: i32 => [int32, tag = "7"],
        /// Where to start; the publication at that position itself is not returned.
        pub since: Option<StreamPosition> => [message, optional, tag = "8"],
        /// Newest first.
        pub reverse: bool => [bool, tag = "9"],
    }
}

message! {
    /// Asks for a [`PingResult`](crate::PingResult); SDKs answer pings with an empty command instead.
    pub struct PingRequest {}
}

message! {
    /// Sends something that gets no reply.
    pub struct SendRequest {
        /// What is sent.
        pub data: Bytes => [bytes = "bytes", tag = "1"],
    }
}

message! {
    /// Calls a method of the server.
    pub struct RpcRequest {
        /// The method's argument.
        pub data: Bytes => [bytes = "bytes", tag = "1"],
        /// The method's name, `noun.verb`.
        pub method: String => [string, tag = "2"],
    }
}

message! {
    /// Brings a fresh connection token.
    #[prost(skip_debug)]
    pub struct RefreshRequest {
        /// The new token.
        pub token: String => [string, tag = "1"],
    }
}

message! {
    /// Brings a fresh subscription token.
    #[prost(skip_debug)]
    pub struct SubRefreshRequest {
        /// The channel's name.
        pub channel: String => [string, tag = "1"],
        /// The new token.
        pub token: String => [string, tag = "2"],
        /// The subscription's type: 0 is a stream, others are refused.
        #[serde(rename = "type")]
        pub kind: i32 => [int32, tag = "3"],
    }
}
