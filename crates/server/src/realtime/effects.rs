//! Doing what a connection asks of the world.

mod arrive;
mod connect;
mod follow;

use std::sync::Arc;

use bytes::Bytes;
use chinwag_api::rpc;
use chinwag_chat::Channel;
use chinwag_connection::{Answer, Effect, Failure, Position};
use chinwag_protocol::{ClientInfo, DisconnectCode};
use chinwag_realtime::{Follow, Start};

use super::answers::{self, Outcome, Sent, or_empty, parse, told};
use super::context::{Context, Identity};
pub(super) use follow::follow_head;

/// The most connections that `presence` lists.
const MAX_PRESENCE: usize = 1_000;
/// How much one `history` returns, whatever it asks for: whoever wants more asks again from the last.
const MAX_HISTORY_BYTES: usize = 256 * 1024;

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
            history(context, &channel, since.as_ref(), limit, reverse).await
        }
        Effect::Presence { channel } => presence_of_few(context, &channel).await.map(answers::presence),
        Effect::PresenceStats { channel } => {
            presence(context, &channel).await.map(|present| answers::presence_stats(&present))
        }
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
    answers::publish(&context.node.api, &identity(context)?.caller, channel, data).await
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
    answers::history(&**store, channel, since, limit, reverse, MAX_HISTORY_BYTES).await
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
        Sent::Typing { room } => answers::typing(&context.node.api, caller, room).await,
        Sent::Activity { active } => {
            context.node.note_activity(mailbox, active);
            Ok(Answer::Sent)
        }
    }
}

async fn refresh(context: &Context, token: &str) -> Outcome {
    let fresh = answers::refreshed(&context.node.api, &identity(context)?.caller, token).await?;
    let now = context.node.api.chat().clock().now();
    Ok(Answer::Refreshed(fresh.session.expires_at().map(|expires_at| expires_at.since(now))))
}

async fn readable(context: &Context, channel: &Channel) -> Result<(), Failure> {
    answers::readable(&context.node.api, &identity(context)?.caller, channel).await
}

/// The machine starts nothing but a connect before it is connected; without an identity it is broken.
fn identity(context: &Context) -> Result<&Identity, Failure> {
    context.identity.get().ok_or(Failure::Disconnect(DisconnectCode::BadRequest))
}
