//! Beginning and ending to follow a channel.

use chinwag_chat::{Channel, Refusal, RoomId};
use chinwag_connection::{Answer, Position};
use chinwag_realtime::Follow;

use super::identity;
use crate::realtime::answers::{Outcome, failed};
use crate::realtime::context::{Context, Identity};
use crate::realtime::recovery;

/// Follows a channel, if the user may.
pub(super) async fn subscribe(context: &Context, mut follow: Follow, resume: Option<&Position>) -> Outcome {
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

/// Follows a channel no more.
pub(super) async fn unsubscribe(context: &Context, channel: Channel) -> Outcome {
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
