//! Keeping order in a room: keeping people out, and having them say nothing.

use serde_json::json;

use super::permission::{joined_room, may_remove, not_fixed};
use super::{CommandResult, Decision, Draft, Write, nothing};
use crate::{
    BanMember, Facts, NewBan, Refusal, Role, Room, RoomEvent, SetMute, Subject, Timestamp, UserEvent, UserId,
};

/// The room and whom it is about, if the actor may keep order there: by their role or, where the command comes of a report,
/// as an admin of the server, who need not be a member.
fn order<'a>(
    facts: &'a Facts,
    user: &UserId,
    as_server_admin: bool,
) -> Result<(&'a Room, &'a Subject), Refusal> {
    let (room, role) = if as_server_admin {
        let room = facts.room.as_ref().ok_or(Refusal::UnknownRoom)?;
        if !facts.is_admin {
            return Err(Refusal::PermissionDenied("only admins of the server do this"));
        }
        (room, Role::Owner)
    } else {
        let (room, member) = joined_room(facts)?;
        (room, member.role)
    };
    not_fixed(room)?;
    // Those who are not in the room have no more say than a member.
    let subject = facts.subject(user);
    let theirs = subject.and_then(|subject| subject.member.as_ref());
    may_remove(room.kind, role, theirs.map_or(Role::Member, |member| member.role))?;
    Ok((room, subject.ok_or(Refusal::UnknownUser)?))
}

pub(super) fn ban(ban: &BanMember, facts: &Facts, at: Timestamp) -> Result<Decision, Refusal> {
    let (room, subject) = order(facts, &ban.user, ban.as_server_admin)?;
    let (user, by) = (&subject.user, &facts.actor);
    if user.id == by.id {
        return Err(Refusal::PermissionDenied("nobody bans themselves"));
    }
    let mut draft = Draft::new(room, at);
    draft.write(Write::PutBan(NewBan {
        user: user.id.clone(),
        by: by.id.clone(),
        reason: ban.reason.clone(),
        until: ban.until,
        created_at: at,
    }));
    if subject.member.is_some() {
        draft.write(Write::DeleteMember(user.id.clone()));
        draft.change(RoomEvent::MemberLeft { user: user.clone(), by: by.clone(), banned: true });
        draft.tell(&user.id, UserEvent::RoomLeft { room: room.id });
    }
    let details = json!({ "reason": ban.reason, "until": ban.until });
    draft.note("room.user_banned", by, Some(&user.id), Some(details));
    Ok(draft.finish(CommandResult::Membership { changed: true }))
}

pub(super) fn unban(id: &UserId, facts: &Facts, at: Timestamp) -> Result<Decision, Refusal> {
    let (room, subject) = order(facts, id, false)?;
    if !facts.bans.iter().any(|(banned, _)| banned == id) {
        return Ok(nothing(CommandResult::Membership { changed: false }));
    }
    let mut draft = Draft::new(room, at);
    draft.write(Write::DeleteBan(subject.user.id.clone()));
    draft.note("room.user_unbanned", &facts.actor, Some(id), None);
    Ok(draft.finish(CommandResult::Membership { changed: true }))
}

pub(super) fn mute(mute: &SetMute, facts: &Facts, at: Timestamp) -> Result<Decision, Refusal> {
    let (room, subject) = order(facts, &mute.user, false)?;
    let member = subject.member.as_ref().ok_or(Refusal::UnknownMember)?;
    // A mute that is over is none.
    let before = member.muted_until.filter(|until| *until > at);
    if before == mute.until {
        return Ok(nothing(CommandResult::Membership { changed: false }));
    }
    let mut draft = Draft::new(room, at);
    let (user, by) = (subject.user.clone(), facts.actor.clone());
    draft.write(Write::SetMute(user.id.clone(), mute.until));
    let (id, note) = (user.id.clone(), mute.until.map(|until| json!({ "until": until })));
    match mute.until {
        Some(until) => {
            draft.note("room.member_muted", &facts.actor, Some(&id), note);
            draft.change(RoomEvent::MemberMuted { user, until, by });
        }
        None => {
            draft.note("room.member_unmuted", &facts.actor, Some(&id), note);
            draft.change(RoomEvent::MemberUnmuted { user, by });
        }
    }
    Ok(draft.finish(CommandResult::Membership { changed: true }))
}
