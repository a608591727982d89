//! What a connection's commands are answered, whoever keeps the connection: a node, or functions behind a gateway.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use chinwag_api::operations::messages::SendMessage;
use chinwag_api::{Api, ApiError, Caller, CallerSession, ErrorCode};
use chinwag_chat::store::Store;
use chinwag_chat::{Channel, ChatError, Refusal, Rev, RoomId, StoreError, Timestamp};
use chinwag_connection::{Answer, Connected, Failure, Position, Subscribed};
use chinwag_protocol::{ClientInfo, DisconnectCode, Error};
use serde::Deserialize;

/// An answer, or why there is none.
pub type Outcome = Result<Answer, Failure>;

/// The data of a `connect`.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub struct ConnectData {
    /// How many rooms the server should subscribe the connection to.
    pub rooms: usize,
}

impl Default for ConnectData {
    fn default() -> Self {
        Self { rooms: usize::MAX }
    }
}

/// What a client may `send`.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Sent {
    /// The user is writing.
    Typing {
        /// Where.
        room: RoomId,
    },
    /// The user looks at this connection's page, or does so no more.
    Activity {
        /// Whether they look.
        active: bool,
    },
}

/// Who has connected, what the server has subscribed them to, and for how long.
pub fn connected(
    client: String,
    session: String,
    caller: &Caller,
    subscriptions: BTreeMap<Channel, Subscribed>,
    now: Timestamp,
) -> Answer {
    let lasts = caller.session.expires_at().map(|expires_at| expires_at.since(now));
    let is_token = matches!(caller.session, CallerSession::Token { .. });
    let about = serde_json::json!({ "user": caller.user, "session": caller.session.id() });
    Answer::Connected(Box::new(Connected {
        client,
        session,
        data: about.to_string().into(),
        subscriptions,
        refresh_in: lasts.filter(|_| is_token),
        ends_in: lasts.filter(|_| !is_token),
    }))
}

/// Sends a message to the room that is published to.
///
/// # Errors
///
/// Fails where the channel is no room, and as sending does.
pub async fn publish(api: &Api, caller: &Caller, channel: &Channel, data: &Bytes) -> Outcome {
    let Channel::Room(room) = channel else {
        return Err(failed(ApiError::because(ErrorCode::PermissionDenied, "only rooms can be published to")));
    };
    let mut message: SendMessage = parse(data)?;
    message.room = room.to_string();
    api.send_message(caller, message).await.map_err(failed)?;
    Ok(Answer::Published)
}

/// Tells a room that the caller is writing. Counts against their rate of requests.
///
/// # Errors
///
/// Fails where they write too often or may not write there.
pub async fn typing(api: &Api, caller: &Caller, room: RoomId) -> Outcome {
    api.count_request(caller).map_err(failed)?;
    api.chat().typing(room, &caller.user).await.map_err(|error| failed(error.into()))?;
    Ok(Answer::Sent)
}

/// The caller by a new token.
///
/// # Errors
///
/// Disconnects where the token is none, or another user's, or vouched for by something else: a connection ends with the
/// session that it was opened with.
pub async fn refreshed(api: &Api, caller: &Caller, token: &str) -> Result<Caller, Failure> {
    let fresh = api.authenticator().authenticate(token).await.map_err(not_vouched)?;
    if fresh.user.id != caller.user.id || fresh.session.revocable() != caller.session.revocable() {
        return Err(Failure::Disconnect(DisconnectCode::InvalidToken));
    }
    Ok(fresh)
}

/// Whether the caller may read the channel. Counts against their rate of requests.
///
/// # Errors
///
/// Fails where they may not, and where they ask too often.
pub async fn readable(api: &Api, caller: &Caller, channel: &Channel) -> Result<(), Failure> {
    api.count_request(caller).map_err(failed)?;
    match api.chat().may_follow(channel, &caller.user.id).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(failed(Refusal::UnknownRoom.into())),
        Err(error) => Err(failed(ChatError::from(error).into())),
    }
}

/// The entries of a channel's log after a position, or before it and backwards, as many as are asked for and fit into
/// `max_bytes`.
///
/// # Errors
///
/// Fails where the position is of another log or no longer there.
pub async fn history(
    store: &dyn Store,
    channel: &Channel,
    since: Option<&Position>,
    limit: i32,
    reverse: bool,
    max_bytes: usize,
) -> Outcome {
    let epoch = store.epoch();
    let unrecoverable = || Failure::Error(chinwag_protocol::ErrorCode::UnrecoverablePosition.into());
    if since.is_some_and(|since| !since.epoch.is_empty() && since.epoch != epoch.as_str()) {
        return Err(unrecoverable());
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let since = since.map(|since| Rev(since.offset));
    let read = chinwag_realtime::history(store, channel, since, limit, reverse, max_bytes).await;
    let (publications, head) = read.map_err(|error| match error {
        StoreError::Gone(_) => unrecoverable(),
        error => failed(error.into()),
    })?;
    let head = Position { offset: head.rev.0, epoch: epoch.as_str().to_owned() };
    Ok(Answer::History { publications, head })
}

/// Who is there, each by their connection.
pub fn presence(present: Vec<ClientInfo>) -> Answer {
    Answer::Presence(present.into_iter().map(|info| (info.client.clone(), info)).collect())
}

/// How many are there.
pub fn presence_stats(present: &[ClientInfo]) -> Answer {
    let users: BTreeSet<&str> = present.iter().map(|info| info.user.as_str()).collect();
    Answer::PresenceStats { clients: count(present.len()), users: count(users.len()) }
}

/// What is said to a token that is none: to go and get another.
pub fn not_vouched(error: ApiError) -> Failure {
    match error.code {
        ErrorCode::Unauthorized => Failure::Disconnect(DisconnectCode::InvalidToken),
        _ => failed(error),
    }
}

/// Reads a command's data.
///
/// # Errors
///
/// Fails where it is not what the command takes.
pub fn parse<T: serde::de::DeserializeOwned>(data: &Bytes) -> Result<T, Failure> {
    chinwag_api::decode(or_empty(data)).map_err(failed)
}

/// A command without data is one with an empty object.
pub fn or_empty(data: &Bytes) -> &[u8] {
    if data.is_empty() { b"{}" } else { data }
}

/// Logs what the client is not told, and tells it the rest.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
pub fn failed(error: ApiError) -> Failure {
    error.log();
    Failure::Error(told(&error))
}

/// The error as real-time clients are told it.
pub fn told(error: &ApiError) -> Error {
    Error::custom(error.code.real_time(), error.real_time_message(), error.code.is_temporary())
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
