//! The envelope of what a client sends, and the one request in it.

use crate::message::message;
use crate::request::{
    ConnectRequest, HistoryRequest, PingRequest, PresenceRequest, PresenceStatsRequest, PublishRequest,
    RefreshRequest, RpcRequest, SendRequest, SubRefreshRequest, SubscribeRequest, UnsubscribeRequest,
};

message! {
    /// What a client sends: an id that the reply repeats, and a request. With neither it is a pong.
    pub struct Command {
        /// Chosen by the client, greater than 0 where a reply is expected.
        pub id: u32 => [uint32, tag = "1"],
        /// Opens the session.
        pub connect: Option<ConnectRequest> => [message, optional, tag = "4"],
        /// Follows a channel.
        pub subscribe: Option<SubscribeRequest> => [message, optional, tag = "5"],
        /// Stops following a channel.
        pub unsubscribe: Option<UnsubscribeRequest> => [message, optional, tag = "6"],
        /// Publishes into a channel.
        pub publish: Option<PublishRequest> => [message, optional, tag = "7"],
        /// Asks who is in a channel.
        pub presence: Option<PresenceRequest> => [message, optional, tag = "8"],
        /// Asks how many are in a channel.
        pub presence_stats: Option<PresenceStatsRequest> => [message, optional, tag = "9"],
        /// Reads a channel's publications.
        pub history: Option<HistoryRequest> => [message, optional, tag = "10"],
        /// Asks for a ping result.
        pub ping: Option<PingRequest> => [message, optional, tag = "11"],
        /// Sends something that gets no reply.
        pub send: Option<SendRequest> => [message, optional, tag = "12"],
        /// Calls a method.
        pub rpc: Option<RpcRequest> => [message, optional, tag = "13"],
        /// Brings a fresh connection token.
        pub refresh: Option<RefreshRequest> => [message, optional, tag = "14"],
        /// Brings a fresh subscription token.
        pub sub_refresh: Option<SubRefreshRequest> => [message, optional, tag = "15"],
    }
}

/// The one request of a command.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "it lives for one call on the stack; a box would cost more")]
pub enum Request {
    /// Opens the session.
    Connect(ConnectRequest),
    /// Follows a channel.
    Subscribe(SubscribeRequest),
    /// Stops following a channel.
    Unsubscribe(UnsubscribeRequest),
    /// Publishes into a channel.
    Publish(PublishRequest),
    /// Asks who is in a channel.
    Presence(PresenceRequest),
    /// Asks how many are in a channel.
    PresenceStats(PresenceStatsRequest),
    /// Reads a channel's publications.
    History(HistoryRequest),
    /// Asks for a ping result.
    Ping,
    /// Sends something that gets no reply.
    Send(SendRequest),
    /// Calls a method.
    Rpc(RpcRequest),
    /// Brings a fresh connection token.
    Refresh(RefreshRequest),
    /// Brings a fresh subscription token.
    SubRefresh(SubRefreshRequest),
    /// Answers the server's ping: the empty command.
    Pong,
    /// Has an id but no request that this protocol version knows.
    Unknown,
}

impl Command {
    /// The command's id and its request: the first one set in the order of the field numbers, as the protocol
    /// says.
    ///
    /// The id of anything but [`Request::Pong`] and [`Request::Send`] may still be 0; a reply to it could not
    /// be matched, so the caller should refuse it.
    pub fn into_request(self) -> (u32, Request) {
        let id = self.id;
        let request = None
            .or(self.connect.map(Request::Connect))
            .or(self.subscribe.map(Request::Subscribe))
            .or(self.unsubscribe.map(Request::Unsubscribe))
            .or(self.publish.map(Request::Publish))
            .or(self.presence.map(Request::Presence))
            .or(self.presence_stats.map(Request::PresenceStats))
            .or(self.history.map(Request::History))
            .or(self.ping.map(|PingRequest {}| Request::Ping))
            .or(self.send.map(Request::Send))
            .or(self.rpc.map(Request::Rpc))
            .or(self.refresh.map(Request::Refresh))
            .or(self.sub_refresh.map(Request::SubRefresh))
            .unwrap_or(if id == 0 { Request::Pong } else { Request::Unknown });
        (id, request)
    }
}

impl From<(u32, Request)> for Command {
    /// The way back, for clients: tests, the load generator. [`Request::Unknown`] keeps only the id.
    fn from((id, request): (u32, Request)) -> Self {
        let mut command = Self { id, ..Self::default() };
        match request {
            Request::Connect(request) => command.connect = Some(request),
            Request::Subscribe(request) => command.subscribe = Some(request),
            Request::Unsubscribe(request) => command.unsubscribe = Some(request),
            Request::Publish(request) => command.publish = Some(request),
            Request::Presence(request) => command.presence = Some(request),
            Request::PresenceStats(request) => command.presence_stats = Some(request),
            Request::History(request) => command.history = Some(request),
            Request::Ping => command.ping = Some(PingRequest {}),
            Request::Send(request) => command.send = Some(request),
            Request::Rpc(request) => command.rpc = Some(request),
            Request::Refresh(request) => command.refresh = Some(request),
            Request::SubRefresh(request) => command.sub_refresh = Some(request),
            Request::Pong | Request::Unknown => {}
        }
        command
    }
}
