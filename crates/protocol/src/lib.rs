//! The Centrifuge client protocol, version 2, in JSON and Protobuf: pure encoding and decoding.
//!
//! It is the wire's vocabulary ([`Command`], [`Reply`], [`Push`]) and its codes ([`ErrorCode`],
//! [`DisconnectCode`], [`UnsubscribeCode`]). It is not the protocol's behaviour: who may do what, and when,
//! is the connection crate's. It reads no socket, no clock and no configuration, and no input makes it panic.
//!
//! Two invariants hold the two encodings together:
//! - a payload (`data`, `conn_info`, …) is JSON text, whichever encoding the connection speaks;
//!   [`payload::check`] makes sure of it where a Protobuf client sent the bytes;
//! - an encoded JSON message holds no line break, because line breaks separate messages.

mod command;
mod decode;
mod disconnect;
mod emulation;
mod encode;
mod encoding;
mod error;
mod framing;
mod json_field;
mod message;
pub mod payload;
mod publication;
mod push;
mod redact;
mod reply;
mod request;
mod unsubscribe;

pub use command::{Command, Request};
pub use decode::{DecodeError, Limits, Messages, commands, decode_commands, decode_replies, replies};
pub use disconnect::{DisconnectCode, reconnects};
pub use emulation::EmulationRequest;
pub use encode::{encode_command, encode_publication, encode_reply, join, ping};
pub use encoding::{Encoding, SUBPROTOCOL_JSON, SUBPROTOCOL_PROTOBUF};
pub use error::{Error, ErrorCode};
pub use framing::Framing;
pub use publication::{ClientInfo, Publication, StreamPosition};
pub use push::{Connect, Disconnect, Join, Leave, Message, Push, Refresh, Subscribe, Unsubscribe};
pub use reply::{
    ConnectResult, HistoryResult, PingResult, PresenceResult, PresenceStatsResult, PublishResult,
    RefreshResult, Reply, RpcResult, SubRefreshResult, SubscribeResult, UnsubscribeResult,
};
pub use request::{
    ConnectRequest, FilterNode, HistoryRequest, PingRequest, PresenceRequest, PresenceStatsRequest,
    PublishRequest, RefreshRequest, RpcRequest, SendRequest, SubRefreshRequest, SubscribeRequest,
    UnsubscribeRequest,
};
pub use unsubscribe::UnsubscribeCode;
