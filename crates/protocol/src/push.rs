//! What the server sends without being asked.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::disconnect::DisconnectCode;
use crate::message::message;
use crate::publication::{ClientInfo, Publication};
use crate::reply::SubscribeResult;
use crate::unsubscribe::UnsubscribeCode;

message! {
    /// An unasked-for message, about a channel or about the connection. Exactly one of its bodies is set.
    pub struct Push {
        /// The channel that it concerns; empty where it concerns the connection.
        pub channel: String => [string, tag = "2"],
        /// A publication in the channel.
        #[serde(rename = "pub")]
        pub publication: Option<Publication> => [message, optional, tag = "4"],
        /// Somebody began to follow the channel.
        pub join: Option<Join> => [message, optional, tag = "5"],
        /// Somebody stopped following the channel.
        pub leave: Option<Leave> => [message, optional, tag = "6"],
        /// The server ended the client's subscription.
        pub unsubscribe: Option<Unsubscribe> => [message, optional, tag = "7"],
        /// Something for this connection alone.
        pub message: Option<Message> => [message, optional, tag = "8"],
        /// The server subscribed the client.
        pub subscribe: Option<Subscribe> => [message, optional, tag = "9"],
        /// The connection was established; for one-way transports.
        pub connect: Option<Connect> => [message, optional, tag = "10"],
        /// The connection ends; for transports that have no close code.
        pub disconnect: Option<Disconnect> => [message, optional, tag = "11"],
        /// The connection's expiry moved; for one-way transports.
        pub refresh: Option<Refresh> => [message, optional, tag = "12"],
    }
}

impl Push {
    /// A publication in a channel.
    pub fn publication(channel: impl Into<String>, publication: Publication) -> Self {
        Self { channel: channel.into(), publication: Some(publication), ..Self::default() }
    }

    /// Somebody began to follow a channel.
    pub fn join(channel: impl Into<String>, info: ClientInfo) -> Self {
        Self { channel: channel.into(), join: Some(Join { info: Some(info) }), ..Self::default() }
    }

    /// Somebody stopped following a channel.
    pub fn leave(channel: impl Into<String>, info: ClientInfo) -> Self {
        Self { channel: channel.into(), leave: Some(Leave { info: Some(info) }), ..Self::default() }
    }

    /// The server subscribed the client to a channel.
    pub fn subscribe(channel: impl Into<String>, subscribe: Subscribe) -> Self {
        Self { channel: channel.into(), subscribe: Some(subscribe), ..Self::default() }
    }

    /// The server ended the client's subscription.
    pub fn unsubscribe(channel: impl Into<String>, code: UnsubscribeCode) -> Self {
        let unsubscribe = Unsubscribe { code: code.code(), reason: code.reason().to_owned() };
        Self { channel: channel.into(), unsubscribe: Some(unsubscribe), ..Self::default() }
    }

    /// The connection ends; for transports that have no close code.
    pub fn disconnect(code: DisconnectCode) -> Self {
        Self { disconnect: Some(code.into()), ..Self::default() }
    }

    /// Something for this connection alone.
    pub fn message(data: Bytes) -> Self {
        Self { message: Some(Message { data }), ..Self::default() }
    }
}

message! {
    /// Somebody began to follow the channel.
    pub struct Join {
        /// Who.
        pub info: Option<ClientInfo> => [message, optional, tag = "1"],
    }
}

message! {
    /// Somebody stopped following the channel.
    pub struct Leave {
        /// Who.
        pub info: Option<ClientInfo> => [message, optional, tag = "1"],
    }
}

message! {
    /// The server ended the client's subscription. [`UnsubscribeCode`] says what the client then does.
    pub struct Unsubscribe {
        /// Why, as a number.
        pub code: u32 => [uint32, tag = "2"],
        /// Why, in words.
        pub reason: String => [string, tag = "3"],
    }
}

message! {
    /// The server subscribed the client.
    pub struct Subscribe {
        /// Whether the client may recover from a position.
        pub recoverable: bool => [bool, tag = "1"],
        /// The log's incarnation.
        pub epoch: String => [string, tag = "4"],
        /// The channel's newest offset.
        pub offset: u64 => [uint64, tag = "5"],
        /// Whether publications carry positions.
        pub positioned: bool => [bool, tag = "6"],
        /// The application's JSON.
        pub data: Bytes => [bytes = "bytes", tag = "7"],
    }
}

message! {
    /// Something for this connection alone.
    pub struct Message {
        /// What.
        pub data: Bytes => [bytes = "bytes", tag = "1"],
    }
}

message! {
    /// The connection was established; the first push of a one-way transport.
    pub struct Connect {
        /// The connection's id.
        pub client: String => [string, tag = "1"],
        /// The server's version.
        pub version: String => [string, tag = "2"],
        /// The application's JSON.
        pub data: Bytes => [bytes = "bytes", tag = "3"],
        /// Server-side subscriptions, by channel.
        pub subs: BTreeMap<String, SubscribeResult> => [btree_map = "string, message", tag = "4"],
        /// Whether the connection expires.
        pub expires: bool => [bool, tag = "5"],
        /// In how many seconds it expires.
        pub ttl: u32 => [uint32, tag = "6"],
        /// The interval of pings, in seconds.
        pub ping: u32 => [uint32, tag = "7"],
        /// Whether pings must be answered.
        pub pong: bool => [bool, tag = "8"],
        /// The session that emulation requests name.
        pub session: String => [string, tag = "9"],
        /// The node that emulation requests name.
        pub node: String => [string, tag = "10"],
    }
}

message! {
    /// The connection ends.
    pub struct Disconnect {
        /// Why, as a number: see [`DisconnectCode`].
        pub code: u32 => [uint32, tag = "1"],
        /// Why, in words.
        pub reason: String => [string, tag = "2"],
        /// Whether the client should reconnect; SDKs go by the code.
        pub reconnect: bool => [bool, tag = "3"],
    }
}

message! {
    /// The connection's expiry moved.
    pub struct Refresh {
        /// Whether the connection expires.
        pub expires: bool => [bool, tag = "1"],
        /// In how many seconds it expires.
        pub ttl: u32 => [uint32, tag = "2"],
    }
}
