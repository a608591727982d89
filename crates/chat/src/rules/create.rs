//! Creating a room.

use super::{CommandResult, Decision, Draft, Write, direct_key, nothing};
use crate::{
    CreateRoom, Facts, FieldError, Head, Refusal, Role, Room, RoomEvent, RoomId, RoomKind, RoomSettings,
    Timestamp, User, erased,
};

pub(super) fn decide(
    id: RoomId,
    create: &CreateRoom,
    facts: &Facts,
    at: Timestamp,
) -> Result<Decision, Refusal> {
    let others = others(create, facts)?;
    let direct = match (create.kind, others.as_slice()) {
        (RoomKind::Direct, [other]) => Some(direct_key(&facts.actor, other)),
        (RoomKind::Direct, _) => {
            return Err(FieldError::new(
                "members",
                "count",
                "a direct room is with exactly one other person",
            )
            .into());
        }
        _ => None,
    };
    if let Some(existing) = &facts.direct {
        return Ok(nothing(CommandResult::Room { id: existing.id, created: false }));
    }
    if others.iter().any(|other| erased::is_nobody(other)) {
        return Err(Refusal::UnknownUser);
    }
    match (create.kind, &create.name) {
        (RoomKind::Public | RoomKind::Private, None) => {
            return Err(FieldError::new("name", "missing", "a public or private room needs a name").into());
        }
        (RoomKind::Direct, Some(_)) => {
            return Err(FieldError::new("name", "unexpected", "a direct room has no name").into());
        }
        _ => {}
    }

    if let (RoomKind::Direct, [other]) = (create.kind, others.as_slice())
        && facts.blocks(&other.id, &facts.actor.id)
    {
        return Err(Refusal::Blocked);
    }

    let room = Room {
        id,
        kind: create.kind,
        name: create.name.clone(),
        direct,
        head: Head::default(),
        member_count: 0,
        created_at: at,
        active_at: at,
        settings: RoomSettings::default(),
    };
    let mut draft = Draft::new(&room, at);
    draft.write(Write::InsertRoom(room.clone()));
    draft.change(RoomEvent::RoomCreated {
        kind: room.kind,
        name: room.name.clone(),
        by: facts.actor.clone(),
    });
    // The two of a direct room are equals; every other room begins with an owner.
    let (own_role, peer) = if room.kind == RoomKind::Direct {
        (Role::Member, others.first().copied())
    } else {
        (Role::Owner, None)
    };
    draft.join(&room, &facts.actor, own_role, &facts.actor, peer);
    for other in others {
        let peer = (room.kind == RoomKind::Direct).then_some(&facts.actor);
        draft.join(&room, other, Role::Member, &facts.actor, peer);
        if room.kind == RoomKind::Direct && facts.blocks(&facts.actor.id, &other.id) {
            draft.write(Write::SetBlocked(other.id.clone()));
        }
    }
    Ok(draft.finish(CommandResult::Room { id, created: true }))
}

/// The people named, each once and without the actor.
fn others<'a>(create: &CreateRoom, facts: &'a Facts) -> Result<Vec<&'a User>, Refusal> {
    let user = |id| facts.subject(id).map(|subject| &subject.user).ok_or(Refusal::UnknownUser);
    create.others(&facts.actor.id).into_iter().map(user).collect()
}
