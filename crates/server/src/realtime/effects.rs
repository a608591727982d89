//! Doing what a connection asks of the world.

mod arrive;
mod connect;
mod follow;
mod history;

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use chinwag_api::operations::messages::SendMessage;
use chinwag_api::{ApiError, ErrorCode, rpc};
use chinwag_chat::{Channel, ChatError, Refusal, RoomId};
use chinwag_connection::{Answer, Effect, Failure};
use chinwag_protocol::{ClientInfo, DisconnectCode, Error};
use chinwag_realtime::{Follow, Start};
use serde::Deserialize;

use super::context::{Context, Identity};
pub(super) use follow::follow_head;

/// The most connections that `presence` lists.
const MAX_PRESENCE: usize = 1_000;

type Outcome = Result<Answer, Failure>;

/// What a client may `send`.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Sent {
    /// The user is writing.
    Typing { room: RoomId },
    /// The user looks at this connection's page, or does so no more.
    Activity { active: bool },
}

/// Does what the effect says.
pub(crate) async fn run(context: &Arc<Context>, effect: Effect) -> Answer {
    let outcome = match effect {
        Effect::Connect { token, data, resume, except } => {
            connect::run(context, &token, &data, &resume, &except).await
        }
        Effect::Subscribe { channel, resume, join_leave, by_server } => {
            let follow = Follow { channel, start: Start::Head, by_server, join_leave, in_reply: !by_server };
            follow::subscribe(context, follow, resume.as_ref()).await
        }
        Effect::Unsubscribe { channel } => follow::unsubscribe(context, channel).await,
        Effect::Publish { channel, data } => publish(context, &channel, &data).await,
        Effect::History { channel, since, limit, reverse } => {
            history::run(context, &channel, since.as_ref(), limit, reverse).await
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

async fn presence(context: &Context, channel: &Channel) -> Result<Vec<ClientInfo>, Failure> {
    readable(context, channel).await?;
    Ok(context.node.present(channel).await)
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
    let Identity { caller, mailbox, .. } = identity(context)?;
    match parse(data)? {
        Sent::Typing { room } => {
            let typed = context.node.api.chat().typing(room, &caller.user).await;
            typed.map_err(|error| failed(error.into()))?;
        }
        Sent::Activity { active } => context.node.note_activity(mailbox, active),
    }
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
    if fresh.user.id != caller.user.id || fresh.session.revocable() != caller.session.revocable() {
        return Err(Failure::Disconnect(DisconnectCode::InvalidToken));
    }
    let now = context.node.api.chat().clock().now();
    Ok(Answer::Refreshed(fresh.session.expires_at().map(|expires_at| expires_at.since(now))))
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
