//! Pinning a message.

use super::permission::{joined_room, may_pin};
use super::{CommandResult, Decision, Draft, Write, nothing};
use crate::{Details, Facts, Message, PinMessage, Refusal, RoomEvent, Timestamp};

/// The most messages that are pinned in a room at a time: more than that nobody looks through.
const MAX_PINS: usize = 100;

pub(super) fn decide(pin: PinMessage, facts: Facts, at: Timestamp) -> Result<Decision, Refusal> {
    let (room, member) = joined_room(&facts)?;
    let before = facts.message(pin.seq).ok_or(Refusal::UnknownMessage)?;
    may_pin(room, member.role)?;
    if before.details.pinned_at.is_some() == pin.pinned {
        return Ok(nothing(CommandResult::Message(before.clone())));
    }
    if pin.pinned && facts.pins >= MAX_PINS as u64 {
        return Err(Refusal::LimitExceeded { what: "pinned messages", max: MAX_PINS });
    }
    let details = Details { pinned_at: pin.pinned.then_some(at), ..before.details.clone() };
    let message = Message { details, ..before.clone() };
    let mut draft = Draft::new(room, at);
    draft.write(Write::ReviseMessage(message.clone()));
    let (told, by) = (message.clone(), facts.actor);
    draft.change(if pin.pinned {
        RoomEvent::MessagePinned { message: told, by }
    } else {
        RoomEvent::MessageUnpinned { message: told, by }
    });
    Ok(draft.finish(CommandResult::Message(message)))
}
