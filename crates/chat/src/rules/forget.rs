//! Taking away what a person who was erased wrote, put under messages and belonged to. Nobody's permission counts.

use super::membership::leave_to_heir;
use super::{CommandResult, Decision, Draft, Write};
use crate::{Facts, Forget, Refusal, RoomEvent, RoomKind, Timestamp, erased};

pub(super) fn decide(forget: &Forget, facts: &Facts, at: Timestamp) -> Result<Decision, Refusal> {
    let room = facts.room.as_ref().ok_or(Refusal::UnknownRoom)?;
    let actor = &facts.actor;
    if !erased::is_nobody(actor) {
        return Err(Refusal::PermissionDenied("only who was erased is forgotten"));
    }
    let mut draft = Draft::new(room, at);
    match forget {
        Forget::Membership => {
            // The other of two keeps what they said themselves, beside somebody who is gone.
            if let Some(member) = facts.actor_member.as_ref().filter(|_| room.kind != RoomKind::Direct) {
                leave_to_heir(&mut draft, member.role, facts);
            }
        }
        Forget::Messages(seqs) => {
            for seq in seqs {
                let Some(before) = facts.message(*seq).filter(|message| message.sender.id == actor.id) else {
                    continue;
                };
                let message = before.deleted(at);
                draft.write(Write::ReviseMessage(message.clone()));
                draft.write(Write::ForgetMessage(*seq));
                draft.change(RoomEvent::MessageDeleted { message, by: actor.clone() });
            }
        }
        Forget::Reaction { seq, emoji } => {
            if facts.reaction.is_own {
                let (seq, emoji, user) = (*seq, emoji.clone(), actor.clone());
                draft.write(Write::DeleteReaction(seq, emoji.clone(), user.id.clone()));
                let count = facts.reaction.count.saturating_sub(1);
                draft.change(RoomEvent::ReactionRemoved { seq, emoji, user, count });
            }
        }
    }
    Ok(draft.finish(CommandResult::Done))
}
