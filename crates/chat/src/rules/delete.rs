//! Deleting a message.

use serde_json::json;

use super::permission::{joined_room, may_delete, may_delete_anywhere};
use super::{CommandResult, Decision, Draft, Write};
use crate::{DeleteMessage, Facts, Refusal, RoomEvent, Timestamp};

pub(super) fn decide(delete: DeleteMessage, facts: Facts, at: Timestamp) -> Result<Decision, Refusal> {
    let room = if delete.as_server_admin {
        may_delete_anywhere(&facts)?
    } else {
        let (room, member) = joined_room(&facts)?;
        let before = facts.message(delete.seq).ok_or(Refusal::UnknownMessage)?;
        if before.sender.id != facts.actor.id {
            may_delete(room.kind, member.role)?;
        }
        room
    };
    let before = facts.message(delete.seq).ok_or(Refusal::UnknownMessage)?;
    let message = before.deleted(at);
    let mut draft = Draft::new(room, at);
    draft.write(Write::ReviseMessage(message.clone()));
    draft.write(Write::ForgetMessage(delete.seq));
    if before.sender.id != facts.actor.id {
        let details = json!({ "seq": delete.seq });
        draft.note("message.deleted", &facts.actor, Some(&before.sender.id), Some(details));
    }
    draft.change(RoomEvent::MessageDeleted { message: message.clone(), by: facts.actor });
    Ok(draft.finish(CommandResult::Message(message)))
}
