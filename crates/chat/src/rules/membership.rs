//! Joining, inviting, leaving, removing, and roles.

use serde_json::json;

use super::permission::{joined_room, may_add, may_remove, not_fixed, visible_room};
use super::{CommandResult, Decision, Draft, Write, nothing};
use crate::{
    Facts, FieldError, NewBan, Refusal, Role, RoomEvent, RoomKind, Timestamp, User, UserEvent, UserId, erased,
};

pub(super) fn add(id: &UserId, facts: &Facts, at: Timestamp) -> Result<Decision, Refusal> {
    let room = visible_room(facts)?;
    let joining = *id == facts.actor.id;
    if room.kind == RoomKind::Direct {
        return Err(Refusal::RoomFixed);
    }
    if !joining {
        let (_, member) = joined_room(facts)?;
        may_add(room, member.role)?;
    }
    let subject = facts.subject(id).ok_or(Refusal::UnknownUser)?;
    if erased::is_nobody(&subject.user) {
        return Err(Refusal::UnknownUser);
    }
    if subject.member.is_some() {
        return Ok(nothing(CommandResult::Membership { changed: false }));
    }
    if let Some((_, until)) =
        facts.bans.iter().find(|(user, until)| user == id && until.is_none_or(|until| until > at))
    {
        return Err(Refusal::Banned { until: *until });
    }
    let mut draft = Draft::new(room, at);
    // Whoever comes into an empty public room keeps the keys.
    let role = if room.member_count == 0 { Role::Owner } else { Role::Member };
    draft.join(room, &subject.user, role, &facts.actor, None);
    Ok(draft.finish(CommandResult::Membership { changed: true }))
}

pub(super) fn remove(id: &UserId, facts: &Facts, at: Timestamp) -> Result<Decision, Refusal> {
    let (room, member) = joined_room(facts)?;
    not_fixed(room)?;
    let mut draft = Draft::new(room, at);
    if *id == facts.actor.id {
        leave_to_heir(&mut draft, member.role, facts);
        if let Some(until) = member.muted_until.filter(|until| *until > at) {
            // Else whoever comes back would be muted no more.
            let user = facts.actor.id.clone();
            let until = Some(until).filter(|until| *until != Timestamp::FOR_GOOD);
            let reason = Some("left while muted".to_owned());
            draft.write(Write::PutBan(NewBan { by: user.clone(), user, reason, until, created_at: at }));
        }
    } else {
        let subject = facts.subject(id).ok_or(Refusal::UnknownMember)?;
        let theirs = subject.member.as_ref().ok_or(Refusal::UnknownMember)?;
        may_remove(room.kind, member.role, theirs.role)?;
        leave(&mut draft, &subject.user, &facts.actor);
        draft.note("room.member_removed", &facts.actor, Some(id), None);
    }
    Ok(draft.finish(CommandResult::Membership { changed: true }))
}

pub(super) fn set_role(id: &UserId, role: Role, facts: &Facts, at: Timestamp) -> Result<Decision, Refusal> {
    let (room, member) = joined_room(facts)?;
    not_fixed(room)?;
    if member.role != Role::Owner {
        return Err(Refusal::PermissionDenied("only the room's owner sets roles"));
    }
    let subject = facts.subject(id).ok_or(Refusal::UnknownMember)?;
    let theirs = subject.member.as_ref().ok_or(Refusal::UnknownMember)?;
    if theirs.role == role {
        return Ok(nothing(CommandResult::Membership { changed: false }));
    }
    if subject.user.id == facts.actor.id {
        return Err(FieldError::new(
            "role",
            "owner",
            "hand the room to somebody else by making them its owner",
        )
        .into());
    }
    let mut draft = Draft::new(room, at);
    set(&mut draft, &subject.user, role, &facts.actor);
    draft.note("room.role_set", &facts.actor, Some(id), Some(json!({ "role": role })));
    if role == Role::Owner {
        // A room has one owner: handing it over makes the old one an admin.
        set(&mut draft, &facts.actor, Role::Admin, &facts.actor);
    }
    Ok(draft.finish(CommandResult::Membership { changed: true }))
}

/// The actor leaves; where they owned the room, it is the heir's.
pub(super) fn leave_to_heir(draft: &mut Draft, role: Role, facts: &Facts) {
    leave(draft, &facts.actor, &facts.actor);
    if role == Role::Owner
        && let Some(heir) = &facts.heir
    {
        set(draft, heir, Role::Owner, &facts.actor);
    }
}

fn leave(draft: &mut Draft, user: &User, by: &User) {
    draft.write(Write::DeleteMember(user.id.clone()));
    draft.change(RoomEvent::MemberLeft { user: user.clone(), by: by.clone(), banned: false });
    let room = draft.room;
    draft.tell(&user.id, UserEvent::RoomLeft { room });
}

fn set(draft: &mut Draft, user: &User, role: Role, by: &User) {
    draft.write(Write::SetRole(user.id.clone(), role));
    draft.change(RoomEvent::MemberRoleChanged { user: user.clone(), role, by: by.clone() });
}
