//! Commands that are more than one transaction takes: many people at once, imported history.
//!
//! They are done in steps. Each is a command by itself, decided by the same rules, and leaves a room that could be just so;
//! who is cut off in between asks again, and an import finds what is there already.

use std::collections::BTreeMap;

use chinwag_chat::import::{ImportBatch, ImportedMessage};
use chinwag_chat::rules::{CommandResult, Outcome};
use chinwag_chat::store::CommitError;
use chinwag_chat::{AddMember, CreateRoom, Forget, RoomAction, RoomCommand, Seq, Timestamp, UserId};

use crate::commit::perform;
use crate::unit::Unit;
use crate::writer::{Answer, Writer};

/// How many people come into a room in one transaction: each is five items.
const MAX_JOINING: usize = 12;
/// How much of an import goes into one transaction, as weighed below.
const MAX_WEIGHT: usize = 70;
/// How many cursors.
const MAX_CURSORS: usize = 50;

/// Whether a command may be more than one transaction takes.
pub(crate) fn is_large(command: &RoomCommand) -> bool {
    match &command.action {
        RoomAction::Create(create) => create.members.len() > MAX_JOINING,
        RoomAction::Forget(Forget::Messages(seqs)) => seqs.len() > 1,
        RoomAction::Import(_) => true,
        _ => false,
    }
}

pub(crate) async fn perform_steps(writer: &Writer, command: &RoomCommand, at: Timestamp) -> Answer {
    match &command.action {
        RoomAction::Create(create) => self::create(writer, command, create, at).await,
        RoomAction::Import(batch) => import(writer, command, batch, at).await,
        RoomAction::Forget(Forget::Messages(seqs)) => forget(writer, command, seqs, at).await,
        _ => one(writer, command, at).await,
    }
}

/// One step.
async fn one(writer: &Writer, command: &RoomCommand, at: Timestamp) -> Answer {
    let answers = writer.settle(&[(command, at)]).await;
    let gone = || chinwag_chat::StoreError::Unknown("a command got no answer".to_owned());
    answers.into_iter().next().unwrap_or_else(|| Err(gone().into()))
}

fn step(command: &RoomCommand, action: RoomAction) -> RoomCommand {
    RoomCommand { action, ..command.clone() }
}

/// The room with the first of its people, then the others, as its owner brings them in.
async fn create(writer: &Writer, command: &RoomCommand, create: &CreateRoom, at: Timestamp) -> Answer {
    // As a whole first, and for nothing: whatever is to be refused is refused before anything is there.
    perform(&mut Unit::new(writer.table()), command, at).await?;
    let others: Vec<_> = create.others(&command.actor).into_iter().cloned().collect();
    let (first, later) = others.split_at(others.len().min(MAX_JOINING));
    let first = CreateRoom { members: first.to_vec(), ..create.clone() };
    let mut outcome = one(writer, &step(command, RoomAction::Create(first)), at).await?;
    let join = |user: &UserId| step(command, RoomAction::AddMember(AddMember { user: user.clone() }));
    all(writer, &later.iter().map(join).collect::<Vec<_>>(), at, &mut outcome).await?;
    Ok(outcome)
}

/// What messages say is taken away one by one: to each may belong as much as a transaction takes.
async fn forget(writer: &Writer, command: &RoomCommand, seqs: &[Seq], at: Timestamp) -> Answer {
    let mut outcome = Outcome { result: CommandResult::Done, changes: vec![], user_changes: vec![] };
    let forget = |seq: &Seq| step(command, RoomAction::Forget(Forget::Messages(vec![*seq])));
    all(writer, &seqs.iter().map(forget).collect::<Vec<_>>(), at, &mut outcome).await?;
    Ok(outcome)
}

/// All of the steps, and what they changed.
async fn all(
    writer: &Writer,
    steps: &[RoomCommand],
    at: Timestamp,
    outcome: &mut Outcome,
) -> Result<(), CommitError> {
    let steps: Vec<(&RoomCommand, Timestamp)> = steps.iter().map(|step| (step, at)).collect();
    for done in writer.settle(&steps).await {
        let Outcome { changes, user_changes, .. } = done?;
        outcome.changes.extend(changes);
        outcome.user_changes.extend(user_changes);
    }
    Ok(())
}

async fn import(writer: &Writer, command: &RoomCommand, batch: &ImportBatch, at: Timestamp) -> Answer {
    let mut import = Import {
        writer,
        command,
        at,
        known: batch.known.clone(),
        result: None,
        changes: Vec::new(),
        user_changes: Vec::new(),
        seqs: Vec::new(),
    };
    let (first, later) = batch.members.split_at(batch.members.len().min(MAX_JOINING));
    let first = ImportBatch { room: batch.room.clone(), members: first.to_vec(), ..ImportBatch::default() };
    if batch.room.is_some() || !first.members.is_empty() {
        import.step(first).await?;
        // The two of them have a room already: nothing more is for this one.
        if matches!(import.result, Some(CommandResult::Room { id, .. }) if id != command.room) {
            return Ok(import.outcome());
        }
    }
    for members in later.chunks(MAX_JOINING) {
        import.step(ImportBatch { members: members.to_vec(), ..ImportBatch::default() }).await?;
    }
    let mut left = batch.messages.as_slice();
    while !left.is_empty() {
        let mut weight = 0;
        let fits = left.iter().take_while(|message| {
            weight += weight_of(message);
            weight <= MAX_WEIGHT
        });
        let (some, rest) = left.split_at(fits.count().max(1));
        import.step(ImportBatch { messages: some.to_vec(), ..ImportBatch::default() }).await?;
        left = rest;
    }
    for cursors in batch.cursors.chunks(MAX_CURSORS) {
        import.step(ImportBatch { cursors: cursors.to_vec(), ..ImportBatch::default() }).await?;
    }
    if import.result.is_none() && import.seqs.is_empty() {
        // Nothing to bring is an answer too, or a refusal.
        return one(writer, command, at).await;
    }
    Ok(import.outcome())
}

/// How many items a message is, with all that comes with it, and those of the work that may follow.
fn weight_of(message: &ImportedMessage) -> usize {
    let in_thread = if message.thread.is_some() { 3 } else { 0 };
    10 + in_thread + 2 * message.edits.len() + 3 * message.reactions.len()
}

/// An import under way.
struct Import<'a> {
    writer: &'a Writer,
    command: &'a RoomCommand,
    at: Timestamp,
    /// The room's own numbers of messages, by those of the other side.
    known: BTreeMap<u64, Seq>,
    /// What became of the room, where the import is to make it.
    result: Option<CommandResult>,
    changes: Vec<chinwag_chat::RoomChange>,
    user_changes: Vec<chinwag_chat::UserChange>,
    seqs: Vec<Option<(Seq, bool)>>,
}

impl Import<'_> {
    async fn step(&mut self, batch: ImportBatch) -> Result<(), CommitError> {
        let numbers: Vec<u64> = batch.messages.iter().map(|message| message.number).collect();
        let batch = ImportBatch { known: self.known.clone(), ..batch };
        let command = step(self.command, RoomAction::Import(Box::new(batch)));
        let Outcome { result, changes, user_changes } = one(self.writer, &command, self.at).await?;
        self.changes.extend(changes);
        self.user_changes.extend(user_changes);
        match result {
            CommandResult::Imported(seqs) => {
                let kept = numbers.into_iter().zip(&seqs);
                self.known.extend(kept.filter_map(|(number, seq)| Some((number, seq.as_ref()?.0))));
                self.seqs.extend(seqs);
            }
            result => drop(self.result.get_or_insert(result)),
        }
        Ok(())
    }

    fn outcome(self) -> Outcome {
        let Self { result, changes, user_changes, seqs, .. } = self;
        Outcome { result: result.unwrap_or(CommandResult::Imported(seqs)), changes, user_changes }
    }
}
