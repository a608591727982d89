//! Editing a message.

use super::mentions::mentions;
use super::permission::{joined_room, may_speak};
use super::{CommandResult, Decision, Draft, Write, nothing};
use crate::{Details, Edit, EditMessage, Facts, Message, MessageText, Refusal, RoomEvent, Timestamp};

pub(super) fn decide(edit: &EditMessage, facts: Facts, at: Timestamp) -> Result<Decision, Refusal> {
    let (room, member) = joined_room(&facts)?;
    let before = facts.message(edit.seq).ok_or(Refusal::UnknownMessage)?;
    if before.sender.id != facts.actor.id {
        return Err(Refusal::PermissionDenied("only who wrote a message edits it"));
    }
    if edit.text.is_blank() && before.details.attachments.is_empty() {
        return Err(MessageText::blank());
    }
    if before.text == edit.text {
        return Ok(nothing(CommandResult::Message(before.clone())));
    }
    may_speak(member, at)?;
    let mut draft = Draft::new(room, at);
    let text = before.text.clone();
    draft.write(Write::KeepEdit(edit.seq, Edit { rev: draft.next_rev(), text, replaced_at: at }));
    let details = Details {
        mentions: mentions(&edit.text, room, member, &facts),
        edited_at: Some(at),
        ..before.details.clone()
    };
    let message = Message { text: edit.text.clone(), details, ..before.clone() };
    draft.write(Write::ReviseMessage(message.clone()));
    draft.change(RoomEvent::MessageEdited { message: message.clone(), by: facts.actor });
    Ok(draft.finish(CommandResult::Message(message)))
}
