//! Posting a message.

use super::permission::joined_room;
use super::{CommandResult, Decision, Draft, Write, nothing};
use crate::{Facts, Message, PostMessage, Refusal, RoomEvent, Timestamp};

pub(super) fn decide(post: &PostMessage, facts: Facts, at: Timestamp) -> Result<Decision, Refusal> {
    let (room, _) = joined_room(&facts)?;
    if let Some(earlier) = facts.duplicate {
        return if earlier.text == post.text {
            Ok(nothing(CommandResult::Posted { message: earlier, created: false }))
        } else {
            Err(Refusal::ClientIdConflict)
        };
    }
    let mut draft = Draft::new(room, at);
    draft.head.seq = draft.head.seq.next();
    let message = Message {
        id: post.id,
        room: room.id,
        seq: draft.head.seq,
        rev: draft.next_rev(),
        sender: facts.actor,
        client_id: post.client_id.clone(),
        text: post.text.clone(),
        created_at: at,
    };
    draft.write(Write::InsertMessage(message.clone()));
    // One's own message is never unread.
    draft.write(Write::AdvanceReadCursor(message.sender.id.clone(), message.seq));
    draft.change(RoomEvent::MessageCreated { message: message.clone() });
    Ok(draft.finish(CommandResult::Posted { message, created: true }))
}
