//! The table of PROTOCOL.md, "Who may do what", as functions.

use std::time::Duration;

use crate::{Facts, Member, Refusal, Role, Room, RoomKind, Timestamp};

/// The room, if the actor may see it.
pub(super) fn visible_room(facts: &Facts) -> Result<&Room, Refusal> {
    let room = facts.room.as_ref().ok_or(Refusal::UnknownRoom)?;
    if room.kind == RoomKind::Public || facts.actor_member.is_some() {
        Ok(room)
    } else {
        Err(Refusal::UnknownRoom)
    }
}

/// The room and the actor's membership of it.
pub(super) fn joined_room(facts: &Facts) -> Result<(&Room, &Member), Refusal> {
    let room = visible_room(facts)?;
    let member = facts.actor_member.as_ref().ok_or(Refusal::PermissionDenied("join the room first"))?;
    Ok((room, member))
}

/// Direct rooms keep their two people and have no name.
pub(super) fn not_fixed(room: &Room) -> Result<(), Refusal> {
    if room.kind == RoomKind::Direct { Err(Refusal::RoomFixed) } else { Ok(()) }
}

/// Whether the role is what the room asks for or, where it asks for nothing, the default.
fn is_enough(role: Role, set: Option<Role>, default: Role, reason: &'static str) -> Result<(), Refusal> {
    if role >= set.unwrap_or(default) { Ok(()) } else { Err(Refusal::PermissionDenied(reason)) }
}

/// Whether a member of that role may add others.
pub(super) fn may_add(room: &Room, role: Role) -> Result<(), Refusal> {
    let default = match room.kind {
        RoomKind::Public | RoomKind::Group => Role::Member,
        RoomKind::Private => Role::Admin,
        RoomKind::Direct => return Err(Refusal::RoomFixed),
    };
    is_enough(role, room.settings.permissions.invite, default, "only the room's admins add people to it")
}

/// Whether a member of that role may post.
pub(super) fn may_post(room: &Room, role: Role) -> Result<(), Refusal> {
    is_enough(role, room.settings.permissions.post, Role::Member, "only the room's admins write here")
}

/// Whether a member may say anything: is neither silenced nor unwanted.
pub(super) fn may_speak(member: &Member, at: Timestamp) -> Result<(), Refusal> {
    if member.is_blocked {
        return Err(Refusal::Blocked);
    }
    match member.muted_until {
        Some(until) if until > at => Err(Refusal::Muted { until }),
        _ => Ok(()),
    }
}

/// Whether a member has waited long enough since their last message, where the room makes them wait at all; and whether
/// the next one is to be noted.
pub(super) fn has_waited(room: &Room, member: &Member, at: Timestamp) -> Result<bool, Refusal> {
    let Some(seconds) = room.settings.slow_mode_s.filter(|_| member.role < Role::Admin) else {
        return Ok(false);
    };
    let next = member.posted_at.map(|posted| posted.plus(Duration::from_secs(seconds.into())));
    match next {
        Some(next) if next > at => Err(Refusal::SlowMode { wait: next.since(at) }),
        _ => Ok(true),
    }
}

/// Whether a member of that role may put emoji under messages.
pub(super) fn may_react(room: &Room, role: Role) -> Result<(), Refusal> {
    is_enough(role, room.settings.permissions.react, Role::Member, "only the room's admins react here")
}

/// Whether a member of that role may set the room up.
pub(super) fn may_configure(role: Role) -> Result<(), Refusal> {
    is_enough(role, None, Role::Admin, "only the room's admins set it up")
}

/// Whether a member of that role may remove one of the other.
pub(super) fn may_remove(kind: RoomKind, role: Role, other: Role) -> Result<(), Refusal> {
    let least = if kind == RoomKind::Group { Role::Owner } else { Role::Admin };
    if role < least {
        return Err(Refusal::PermissionDenied(
            "only the room's admins remove people and have them say nothing",
        ));
    }
    if role <= other {
        return Err(Refusal::PermissionDenied(
            "only the owner does this to an admin, and nobody to the owner",
        ));
    }
    Ok(())
}

/// Whether a member of that role may rename the room.
pub(super) fn may_rename(kind: RoomKind, role: Role) -> Result<(), Refusal> {
    if kind == RoomKind::Group || role >= Role::Admin {
        Ok(())
    } else {
        Err(Refusal::PermissionDenied("only the room's admins rename it"))
    }
}

/// Whether a member of that role may delete what others wrote.
pub(super) fn may_delete(kind: RoomKind, role: Role) -> Result<(), Refusal> {
    if kind != RoomKind::Direct && role >= Role::Admin {
        Ok(())
    } else {
        Err(Refusal::PermissionDenied("only who wrote a message and the room's admins delete it"))
    }
}

/// The room, if the actor may delete messages in any: an admin of the server, by a report.
pub(super) fn may_delete_anywhere(facts: &Facts) -> Result<&Room, Refusal> {
    if !facts.is_admin {
        return Err(Refusal::PermissionDenied("only admins of the server do this"));
    }
    facts.room.as_ref().ok_or(Refusal::UnknownRoom)
}

/// Whether a member of that role may pin messages.
pub(super) fn may_pin(room: &Room, role: Role) -> Result<(), Refusal> {
    let default = among_equals(room.kind);
    is_enough(role, room.settings.permissions.pin, default, "only the room's admins pin messages")
}

/// Whether a member of that role may mention everybody.
pub(super) fn may_call_everybody(room: &Room, role: Role) -> bool {
    role >= room.settings.permissions.mention_room.unwrap_or_else(|| among_equals(room.kind))
}

/// The least role for what everybody may in a conversation of equals, and admins in others.
fn among_equals(kind: RoomKind) -> Role {
    match kind {
        RoomKind::Group | RoomKind::Direct => Role::Member,
        RoomKind::Public | RoomKind::Private => Role::Admin,
    }
}
