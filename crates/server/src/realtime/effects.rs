//! Doing what a connection asks of the world.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use chinwag_api::operations::messages::SendMessage;
use chinwag_api::{ApiError, CallerSession, ErrorCode, rpc};
use chinwag_chat::{Channel, ChatError, Refusal, Rev, RoomId};
use chinwag_connection::{Answer, Connected, Effect, Failure, Position};
use chinwag_protocol::{ClientInfo, DisconnectCode, Error, Publication};
use chinwag_realtime::{Entry, Follow, Mailbox, MailboxOwner, Start};
use metrics::counter;
use serde::Deserialize;

use super::context::{Context, Identity};
use super::recovery;
use crate::metrics::names;

/// The most entries that one `history` returns, whatever it asks for.
const MAX_HISTORY: usize = 1_000;

/// The most connections that `presence` lists.
const MAX_PRESENCE: usize = 1_000;
/// How much one `history` returns, whatever it asks for: whoever wants more asks again from the last.
const MAX_HISTORY_BYTES: usize = 256 * 1024;

type Outcome = Result<Answer, Failure>;

/// The data of a `connect`.
#[derive(Debug, Deserialize)]
#[serde(default)]
struct ConnectData {
    /// How many rooms the server should subscribe the connection to.
    rooms: usize,
}

impl Default for ConnectData {
    fn default() -> Self {
        Self { rooms: usize::MAX }
    }
}

/// What a client may `send`.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Sent {
    /// The user is writing.
    Typing { room: RoomId },
}

/// Does what the effect says.
pub(crate) async fn run(context: &Arc<Context>, effect: Effect) -> Answer {
    let outcome = match effect {
        Effect::Connect { token, data, resume, except } => {
            connect(context, &token, &data, &resume, &except).await
        }
        Effect::Subscribe { channel, resume, join_leave, by_server } => {
            let follow = Follow { channel, start: Start::Head, by_server, join_leave, in_reply: !by_server };
            subscribe(context, follow, resume.as_ref()).await
        }
        Effect::Unsubscribe { channel } => unsubscribe(context, channel).await,
        Effect::Publish { channel, data } => publish(context, &channel, &data).await,
        Effect::History { channel, since, limit, reverse } => {
            history(context, &channel, since.as_ref(), limit, reverse).await
        }
        Effect::Presence { channel } => presence_of_few(context, &channel).await.map(|present| {
            Answer::Presence(present.into_iter().map(|info| (info.client.clone(), info)).collect())
        }),
        Effect::PresenceStats { channel } => presence(context, &channel).await.map(|present| {
            let users: BTreeSet<&str> = present.iter().map(|info| info.user.as_str()).collect();
            Answer::PresenceStats { clients: count(present.len()), users: count(users.len()) }
        }),
        Effect::Rpc { method, data } => {
            rpc::dispatch(&context.node.api, &context.call(), &method, or_empty(&data))
                .await
                .map(|answer| Answer::Rpc(answer.into()))
                .map_err(|error| Failure::Error(told(&error)))
        }
        Effect::Send { data } => send(context, &data).await,
        Effect::Refresh { token } => refresh(context, &token).await,
    };
    outcome.unwrap_or_else(Answer::Failed)
}

async fn connect(
    context: &Arc<Context>,
    token: &str,
    data: &Bytes,
    resume: &BTreeMap<Channel, Position>,
    except: &[Channel],
) -> Outcome {
    let node = &context.node;
    let data: ConnectData = if data.is_empty() { ConnectData::default() } else { parse(data)? };
    let token =
        if token.is_empty() { context.handshake.shown_token.as_deref().unwrap_or_default() } else { token };
    if token.is_empty() {
        return Err(Failure::Disconnect(DisconnectCode::InvalidToken));
    }
    let caller = node.api.authenticator().authenticate(token).await.map_err(|error| match error.code {
        ErrorCode::Unauthorized => Failure::Disconnect(DisconnectCode::InvalidToken),
        _ => failed(error),
    })?;

    let id = node.hub.next_connection_id();
    let owner = MailboxOwner {
        user: caller.user.id.clone(),
        session: caller.session.id(),
        client: node.client_id(),
        encoding: context.handshake.encoding,
        transport: context.handshake.transport,
        address: context.handshake.address,
        connected_at: node.api.chat().clock().now(),
    };
    let client = owner.client.clone();
    let mailbox = Arc::new(Mailbox::new(id, owner, node.settings.max_queued_bytes));
    let max_rooms = data.rooms.min(node.settings.max_subscribed_rooms);
    let identity = Identity { caller: caller.clone(), mailbox: mailbox.clone(), max_rooms };
    // Registered before the rooms are read: a room joined in between is told by the user's channel. Forgotten by the
    // context's drop, whatever happens next.
    node.hub.register(&mailbox);
    if context.identity.set(identity).is_err() {
        node.hub.unregister(&mailbox);
        return Err(Failure::Disconnect(DisconnectCode::BadRequest));
    }
    counter!(names::CONNECTIONS_OPENED, "transport" => context.handshake.transport).increment(1);

    // A session that ended before the registration was not told to close.
    if let Some(session) = caller.session.id() {
        let vouches = node.api.accounts().sessions().still_vouches(session).await;
        if !vouches.map_err(|error| failed(error.into()))? {
            return Err(Failure::Disconnect(DisconnectCode::InvalidToken));
        }
    }

    let store = node.api.chat().store();
    let rooms = store.room_ids_of(&caller.user.id).await.map_err(|error| failed(error.into()))?;
    let epoch = store.epoch();
    let own = Channel::User(caller.user.id.clone());
    let rooms = rooms.into_iter().map(Channel::Room).filter(|channel| !except.contains(channel));
    let wishes = std::iter::once(own).chain(rooms).enumerate().map(|(index, channel)| {
        let start = if index <= max_rooms
            || (resume.contains_key(&channel) && index < node.connection_config.max_channels)
        {
            recovery::start(resume.get(&channel), &epoch)
        } else {
            Start::HeadOnly
        };
        Follow { channel, start, by_server: true, join_leave: false, in_reply: true }
    });
    let wishes: Vec<Follow> = wishes.collect();
    let followed_in_full: Vec<bool> = wishes.iter().map(|wish| wish.start != Start::HeadOnly).collect();
    let followed = node.hub.follow(&mailbox, wishes).await.map_err(|error| failed(error.into()))?;
    // Asked again now that the hub has the connection down: a membership that ended in between was not seen to end, one
    // that ends from here on is.
    let still = store.room_ids_of(&caller.user.id).await.map_err(|error| failed(error.into()))?;
    let mut subscriptions = BTreeMap::new();
    for (followed, in_full) in followed.iter().zip(followed_in_full) {
        let channel = &followed.channel;
        if matches!(channel, Channel::Room(room) if !still.contains(room)) {
            node.hub.unfollow(id, channel);
        } else if in_full {
            subscriptions
                .insert(channel.clone(), recovery::subscribed(followed, resume.get(channel), &epoch));
        }
    }

    let lasts = caller.session.expires_at().since(node.api.chat().clock().now());
    let is_token = matches!(caller.session, CallerSession::Token { .. });
    let about = serde_json::json!({ "user": caller.user, "session": caller.session.id() });
    Ok(Answer::Connected(Box::new(Connected {
        client,
        session: context.session.clone(),
        data: about.to_string().into(),
        subscriptions,
        refresh_in: is_token.then_some(lasts),
        ends_in: (!is_token).then_some(lasts),
    })))
}

async fn subscribe(context: &Context, mut follow: Follow, resume: Option<&Position>) -> Outcome {
    let Identity { caller, mailbox, .. } = identity(context)?;
    let node = &context.node;
    let epoch = node.api.chat().store().epoch();
    let channel = follow.channel.clone();
    follow.start = recovery::start(resume, &epoch);
    let followed = node.hub.follow(mailbox, vec![follow]).await.map_err(|error| failed(error.into()))?;
    // Asked after the hub has the connection down: a membership that ends from here on ends the following too.
    let allowed = node.api.chat().may_follow(&channel, &caller.user.id).await;
    match (allowed, followed.first()) {
        (Ok(true), Some(followed)) => {
            Ok(Answer::Subscribed(Box::new(recovery::subscribed(followed, resume, &epoch))))
        }
        (Err(error), _) => {
            node.hub.unfollow(mailbox.id(), &channel);
            Err(failed(error.into()))
        }
        _ => {
            node.hub.unfollow(mailbox.id(), &channel);
            Err(failed(Refusal::UnknownRoom.into()))
        }
    }
}

async fn unsubscribe(context: &Context, channel: Channel) -> Outcome {
    let Identity { mailbox, .. } = identity(context)?;
    context.node.hub.unfollow(mailbox.id(), &channel);
    match channel {
        Channel::Room(room) => follow_head(context, room).await,
        // It goes on telling the server of rooms that the user joins.
        Channel::User(_) => {
            context.node.hub.follow_head(mailbox, &channel);
        }
    }
    Ok(Answer::Unsubscribed)
}

/// A member's room that the connection does not follow still announces its heads on the user's own channel.
pub(crate) async fn follow_head(context: &Context, room: RoomId) {
    let Some(Identity { caller, mailbox, .. }) = context.identity.get() else { return };
    let (hub, channel) = (&context.node.hub, Channel::Room(room));
    if !hub.follow_head(mailbox, &channel) {
        return;
    }
    // Asked after the hub has the connection down, so that a membership cannot end unseen in between.
    let view = context.node.api.chat().room(room, &caller.user.id).await;
    if !view.is_ok_and(|view| view.role.is_some()) {
        hub.unfollow(mailbox.id(), &channel);
    }
}

async fn publish(context: &Context, channel: &Channel, data: &Bytes) -> Outcome {
    let Identity { caller, .. } = identity(context)?;
    let Channel::Room(room) = channel else {
        return Err(failed(ApiError::because(ErrorCode::PermissionDenied, "only rooms can be published to")));
    };
    let mut message: SendMessage = parse(data)?;
    message.room = room.to_string();
    context.node.api.send_message(caller, message).await.map_err(failed)?;
    Ok(Answer::Published)
}

async fn history(
    context: &Context,
    channel: &Channel,
    since: Option<&Position>,
    limit: i32,
    reverse: bool,
) -> Outcome {
    readable(context, channel).await?;
    let store = context.node.api.chat().store();
    let epoch = store.epoch();
    if since.is_some_and(|since| !since.epoch.is_empty() && since.epoch != epoch.as_str()) {
        return Err(Failure::Error(chinwag_protocol::ErrorCode::UnrecoverablePosition.into()));
    }
    let limit = usize::try_from(limit).unwrap_or(MAX_HISTORY).min(MAX_HISTORY);
    let heads = store.heads(std::slice::from_ref(channel)).await.map_err(|error| failed(error.into()))?;
    let head = heads.first().copied().unwrap_or_default().rev;
    // The revs asked for are those after the first and up to the second. Backwards, they end right before the position
    // (or at the head) and are turned round.
    let since = since.map(|since| Rev(since.offset));
    let (after, until) = if reverse {
        let until = since.map_or(head, |since| head.min(Rev(since.0.saturating_sub(1))));
        (Rev(until.0.saturating_sub(limit as u64)), until)
    } else {
        let after = since.unwrap_or_default();
        (after, Rev(after.0.saturating_add(limit as u64)))
    };
    let name: Arc<str> = channel.to_string().into();
    let mut publications: VecDeque<Publication> = VecDeque::new();
    let (mut position, mut bytes) = (after, 0);
    while position < until.min(head) {
        let wanted = usize::try_from(until.0 - position.0).unwrap_or(MAX_HISTORY).min(MAX_HISTORY);
        let page =
            store.changes_after(channel, position, wanted).await.map_err(|error| failed(error.into()))?;
        let Some(last) = page.changes.last() else { break };
        position = last.rev();
        for change in &page.changes {
            let publication = Entry::new(change, name.clone()).publication().clone();
            bytes += publication.data.len();
            publications.push_back(publication);
        }
        if bytes > MAX_HISTORY_BYTES && !reverse {
            break;
        }
        // Backwards, the newest are wanted first, so it is the oldest that do not fit.
        while bytes > MAX_HISTORY_BYTES && publications.len() > 1 {
            bytes -= publications.pop_front().map_or(0, |oldest| oldest.data.len());
        }
    }
    let mut publications = Vec::from(publications);
    if reverse {
        publications.reverse();
    }
    Ok(Answer::History { publications, head: Position { offset: head.0, epoch: epoch.as_str().to_owned() } })
}

async fn presence(context: &Context, channel: &Channel) -> Result<Vec<ClientInfo>, Failure> {
    readable(context, channel).await?;
    Ok(context.node.hub.followers(channel))
}

/// Who is there, where that is a number of people that one can look at.
async fn presence_of_few(context: &Context, channel: &Channel) -> Result<Vec<ClientInfo>, Failure> {
    let present = presence(context, channel).await?;
    if present.len() > MAX_PRESENCE {
        let detail = format!("not_available: more than {MAX_PRESENCE} are there; ask for presence_stats");
        return Err(Failure::Error(chinwag_protocol::ErrorCode::NotAvailable.with_message(detail)));
    }
    Ok(present)
}

async fn send(context: &Context, data: &Bytes) -> Outcome {
    let Identity { caller, .. } = identity(context)?;
    let Sent::Typing { room } = parse(data)?;
    context.node.api.chat().typing(room, &caller.user).await.map_err(|error| failed(error.into()))?;
    Ok(Answer::Sent)
}

async fn refresh(context: &Context, token: &str) -> Outcome {
    let Identity { caller, .. } = identity(context)?;
    let fresh =
        context.node.api.authenticator().authenticate(token).await.map_err(|error| match error.code {
            ErrorCode::Unauthorized => Failure::Disconnect(DisconnectCode::InvalidToken),
            _ => failed(error),
        })?;
    // Nor may it be of another kind: a connection ends with the session that it was opened with.
    if fresh.user.id != caller.user.id || fresh.session.id() != caller.session.id() {
        return Err(Failure::Disconnect(DisconnectCode::InvalidToken));
    }
    let now = context.node.api.chat().clock().now();
    Ok(Answer::Refreshed(Some(fresh.session.expires_at().since(now))))
}

/// Whether the caller may read the channel. Counts against their rate of requests.
async fn readable(context: &Context, channel: &Channel) -> Result<(), Failure> {
    let Identity { caller, .. } = identity(context)?;
    context.node.api.count_request(caller).map_err(failed)?;
    match context.node.api.chat().may_follow(channel, &caller.user.id).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(failed(Refusal::UnknownRoom.into())),
        Err(error) => Err(failed(ChatError::from(error).into())),
    }
}

/// The machine starts nothing but a connect before it is connected; without an identity it is broken.
fn identity(context: &Context) -> Result<&Identity, Failure> {
    context.identity.get().ok_or(Failure::Disconnect(DisconnectCode::BadRequest))
}

fn parse<T: serde::de::DeserializeOwned>(data: &Bytes) -> Result<T, Failure> {
    chinwag_api::decode(or_empty(data)).map_err(failed)
}

/// A command without data is one with an empty object.
fn or_empty(data: &Bytes) -> &[u8] {
    if data.is_empty() { b"{}" } else { data }
}

/// Logs what the client is not told, and tells it the rest.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn failed(error: ApiError) -> Failure {
    error.log();
    Failure::Error(told(&error))
}

fn told(error: &ApiError) -> Error {
    Error::custom(error.code.real_time(), error.real_time_message(), error.code.is_temporary())
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
