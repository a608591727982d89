//! Renaming a room.

use super::permission::{joined_room, may_rename, not_fixed};
use super::{CommandResult, Decision, Draft, Write, nothing};
use crate::{Facts, Refusal, RenameRoom, RoomEvent, Timestamp};

pub(super) fn decide(rename: &RenameRoom, facts: Facts, at: Timestamp) -> Result<Decision, Refusal> {
    let (room, member) = joined_room(&facts)?;
    not_fixed(room)?;
    may_rename(room.kind, member.role)?;
    if room.name.as_ref() == Some(&rename.name) {
        return Ok(nothing(CommandResult::Done));
    }
    let mut draft = Draft::new(room, at);
    draft.write(Write::SetRoomName(rename.name.clone()));
    draft.change(RoomEvent::RoomRenamed { name: rename.name.clone(), by: facts.actor });
    Ok(draft.finish(CommandResult::Done))
}
