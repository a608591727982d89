//! Decides a command and puts what was decided into a unit of work.

use chinwag_chat::rules::{self, Decision, Outcome, Write};
use chinwag_chat::store::CommitError;
use chinwag_chat::{Message, Refusal, RoomAction, RoomCommand, Seq, StoreError, Timestamp};

use crate::unit::Unit;
use crate::{facts, owed, writes};

/// What became of a command, once the unit is committed.
pub(crate) struct Performed {
    pub(crate) outcome: Outcome,
    /// The message that was deleted: what others put under it is left to be swept up.
    pub(crate) deleted: Option<Seq>,
}

/// Decides a command by the domain's rules. A refusal leaves the unit with whatever it has; the caller takes it back.
pub(crate) async fn perform(
    unit: &mut Unit<'_>,
    command: &RoomCommand,
    at: Timestamp,
) -> Result<Performed, CommitError> {
    let facts = facts::read(unit, command).await?.ok_or(Refusal::UnknownUser)?;
    let is_new = facts.room.is_none();
    let before: Vec<Message> = match command.action {
        RoomAction::Delete(_) | RoomAction::Forget(_) => facts.messages.clone(),
        _ => vec![],
    };
    let Decision { writes, changes, user_events, work, result } = rules::decide(command, facts, at)?;
    let mut deleted = None;
    for write in writes {
        match &write {
            // Two rooms of one id would be one log with two beginnings.
            Write::InsertRoom(_) if !is_new => {
                return Err(StoreError::Corrupt(format!("room {} exists already", command.room)).into());
            }
            Write::ForgetMessage(seq) => deleted = Some(*seq),
            _ => {}
        }
        writes::apply(unit, command.room, write, &before, at).await?;
    }
    for change in &changes {
        writes::append(unit, change)?;
    }
    let mut user_changes = Vec::with_capacity(user_events.len());
    for (user, event) in user_events {
        user_changes.push(writes::tell(unit, user, event, at).await?);
    }
    owed::owe(unit, &work, at).await?;
    Ok(Performed { outcome: Outcome { result, changes, user_changes }, deleted })
}
