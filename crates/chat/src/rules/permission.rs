//! The table of PROTOCOL.md, "Who may do what", as functions.

use crate::{Facts, Member, Refusal, Role, Room, RoomKind};

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

/// Whether a member of that role may add others.
pub(super) fn may_add(kind: RoomKind, role: Role) -> Result<(), Refusal> {
    match kind {
        RoomKind::Public | RoomKind::Group => Ok(()),
        RoomKind::Private if role >= Role::Admin => Ok(()),
        RoomKind::Private => Err(Refusal::PermissionDenied("only admins add people to a private room")),
        RoomKind::Direct => Err(Refusal::RoomFixed),
    }
}

/// Whether a member of that role may remove one of the other.
pub(super) fn may_remove(kind: RoomKind, role: Role, other: Role) -> Result<(), Refusal> {
    let least = if kind == RoomKind::Group { Role::Owner } else { Role::Admin };
    if role < least {
        return Err(Refusal::PermissionDenied("only the room's admins remove people"));
    }
    if role <= other {
        return Err(Refusal::PermissionDenied("only the owner removes an admin, and nobody the owner"));
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
