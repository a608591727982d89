//! Putting an emoji under a message, and taking it away.

use super::permission::{joined_room, may_react, may_speak};
use super::{CommandResult, Decision, Draft, Write, nothing};
use crate::{Facts, React, Reaction, Refusal, RoomEvent, Timestamp};

pub(super) fn decide(react: &React, facts: Facts, at: Timestamp) -> Result<Decision, Refusal> {
    let (room, member) = joined_room(&facts)?;
    let message = facts.message(react.seq).ok_or(Refusal::UnknownMessage)?.clone();
    let known = facts.reaction;
    if known.is_own == react.present {
        return Ok(nothing(CommandResult::Message(message)));
    }
    if react.present {
        may_speak(member, at)?;
        may_react(room, member.role)?;
    }
    if react.present && known.count == 0 && known.kinds >= Reaction::MAX_KINDS {
        let max = usize::try_from(Reaction::MAX_KINDS).unwrap_or(usize::MAX);
        return Err(Refusal::LimitExceeded { what: "different reactions to a message", max });
    }
    let mut draft = Draft::new(room, at);
    let (seq, emoji, user) = (react.seq, react.emoji.clone(), facts.actor);
    if react.present {
        let rev = draft.next_rev();
        draft.write(Write::InsertReaction(seq, emoji.clone(), user.id.clone(), rev));
        draft.change(RoomEvent::ReactionAdded { seq, emoji, user, count: known.count + 1 });
    } else {
        draft.write(Write::DeleteReaction(seq, emoji.clone(), user.id.clone()));
        draft.change(RoomEvent::ReactionRemoved { seq, emoji, user, count: known.count.saturating_sub(1) });
    }
    Ok(draft.finish(CommandResult::Message(message)))
}
