//! Decides a batch of commands and writes what was decided, inside a transaction.

use chinwag_chat::rules::{self, CommandResult, Decision, Outcome, Write};
use chinwag_chat::{Facts, Refusal, RoomAction, RoomChange, RoomCommand, RoomEvent};
use sqlx::PgConnection;

use crate::facts::Known;
use crate::fault::Fault;
use crate::held::{self, RoomsHeld};
use crate::job::Job;
use crate::rows::Rows;

/// What became of a batch.
pub(crate) struct Decided {
    /// One answer for each command.
    pub(crate) answers: Vec<Result<Outcome, Refusal>>,
    /// Whether there is anything to commit: whatever was written, or an answer that tells of an earlier commit. That one
    /// may still wait for a standby, or have crashed while it did, and this one's commit waits for both.
    pub(crate) must_commit: bool,
}

/// Decides the commands in their order by the domain's rules, and writes what they say. A refusal writes nothing.
///
/// Posts that follow each other share their statements; every other command has its own.
pub(crate) async fn decide(transaction: &mut PgConnection, jobs: &[Job]) -> Result<Decided, Fault> {
    let mut rooms = held::lock(transaction, jobs).await?;
    let mut answers = Vec::with_capacity(jobs.len());
    for run in jobs.chunk_by(|job, next| job.is_post() && next.is_post()) {
        let mut known = Known::read(transaction, run).await?;
        let mut rows = Rows::default();
        let first = answers.len();
        for (n, job) in run.iter().enumerate() {
            answers.push(decide_one(job, n, &mut known, &mut rooms, &mut rows));
        }
        for (n, change) in rows.write(transaction, &rooms).await? {
            if let Some(Ok(outcome)) = answers.get_mut(first + n) {
                outcome.user_changes.push(change);
            }
        }
    }
    // Only what is not refused writes anything.
    let must_commit = answers.iter().any(Result::is_ok);
    Ok(Decided { answers, must_commit })
}

fn decide_one(
    Job { command, at, .. }: &Job,
    n: usize,
    known: &mut Known,
    rooms: &mut RoomsHeld,
    rows: &mut Rows,
) -> Result<Outcome, Refusal> {
    let facts = known.facts(command, rooms.get(&command.room)).ok_or(Refusal::UnknownUser)?;
    if let Some(outcome) = committed_before(command, &facts) {
        return Ok(outcome);
    }
    let Decision { writes, changes, user_events, work, result } = rules::decide(command, facts, *at)?;
    for write in &writes {
        if let Write::NotePost(user, at) = write {
            known.posted(command.room, user, *at);
        }
    }
    for change in &changes {
        if let RoomEvent::MessageCreated { message } = &change.event {
            known.learn(message.clone());
        }
    }
    rows.take(n, command.room, rooms, writes, &changes, user_events, *at);
    rows.owe(work);
    Ok(Outcome { result, changes, user_changes: vec![] })
}

/// The outcome of a post that this very attempt has committed already, but nobody knew: the connection broke over its
/// commit, and now the command runs again. A client's own repeat has another message id.
fn committed_before(command: &RoomCommand, facts: &Facts) -> Option<Outcome> {
    let RoomAction::Post(post) = &command.action else { return None };
    let message = facts.duplicate.as_ref().filter(|message| message.id == post.id)?;
    let change = RoomChange {
        room: message.room,
        rev: message.rev,
        at: message.created_at,
        event: RoomEvent::MessageCreated { message: message.clone() },
    };
    Some(Outcome {
        result: CommandResult::Posted { message: message.clone(), created: true },
        changes: vec![change],
        user_changes: vec![],
    })
}
