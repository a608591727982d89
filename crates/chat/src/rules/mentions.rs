//! Whom a text mentions.

use super::permission::may_call_everybody;
use crate::mention::called;
use crate::{Facts, Member, Mentions, MessageText, Room};

/// The members that a text calls, but for its sender; everybody only where its sender may call them all.
pub(super) fn mentions(text: &MessageText, room: &Room, member: &Member, facts: &Facts) -> Mentions {
    let called = called(text.as_str());
    let is_called = |name| called.names.contains(name);
    let users = facts.mentioned.iter().filter(|user| user.id != facts.actor.id && is_called(&user.name));
    Mentions {
        users: users.map(|user| user.id.clone()).collect(),
        room: called.room && may_call_everybody(room, member.role),
    }
}
