//! Another name for a room, or other settings.

use serde_json::json;

use super::permission::{joined_room, may_configure, may_rename, not_fixed};
use super::{CommandResult, Decision, Draft, Write};
use crate::{Facts, Refusal, RoomEvent, Timestamp, UpdateRoom};

pub(super) fn decide(update: &UpdateRoom, facts: &Facts, at: Timestamp) -> Result<Decision, Refusal> {
    let (room, member) = joined_room(facts)?;
    not_fixed(room)?;
    let mut draft = Draft::new(room, at);
    if let Some(name) = &update.name {
        may_rename(room.kind, member.role)?;
        if room.name.as_ref() != Some(name) {
            draft.write(Write::SetRoomName(name.clone()));
            draft.change(RoomEvent::RoomRenamed { name: name.clone(), by: facts.actor.clone() });
        }
    }
    if !update.settings.is_empty() {
        may_configure(member.role)?;
        let settings = update.settings.applied_to(room.settings);
        if settings != room.settings {
            draft.write(Write::SetRoomSettings(settings));
            draft.note("room.settings_changed", &facts.actor, None, Some(json!({ "settings": settings })));
            draft.change(RoomEvent::RoomSettingsChanged { settings, by: facts.actor.clone() });
        }
    }
    Ok(draft.finish(CommandResult::Done))
}
