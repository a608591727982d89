//! The order of a room's commands: one after the other, as many in one transaction as it takes.
//!
//! Other processes write too. They are met in the table, where whoever was overtaken begins anew; here it is only seen to
//! that a room's commands do not overtake each other, and that each has its answer announced, whether or not anybody still
//! waits for it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use chinwag_chat::rules::Outcome;
use chinwag_chat::store::CommitError;
use chinwag_chat::{Bus, Hint, Refusal, RoomCommand, RoomId, Seq, StoreError, Timestamp};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::commit::{Performed, perform};
use crate::keys;
use crate::large;
use crate::records::ReactionRecord;
use crate::table::{Range, Table, overtaken};
use crate::unit::Unit;

/// How many commands wait for one room at most.
const MAX_WAITING: usize = 1_024;
/// How many are tried in one transaction at most: where somebody was faster, all are decided anew.
const MAX_TOGETHER: usize = 12;

pub(crate) type Answer = Result<Outcome, CommitError>;

/// Decides and writes commands.
pub(crate) struct Writer {
    table: Arc<Table>,
    bus: Arc<dyn Bus>,
    /// What waits for a room; there where somebody works it off.
    waiting: Mutex<HashMap<RoomId, VecDeque<Waiting>>>,
}

struct Waiting {
    command: RoomCommand,
    at: Timestamp,
    answer: oneshot::Sender<Answer>,
}

impl Writer {
    pub(crate) fn new(table: Arc<Table>, bus: Arc<dyn Bus>) -> Self {
        Self { table, bus, waiting: Mutex::default() }
    }

    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    pub(crate) fn announce(&self, hint: Hint) {
        self.bus.publish(hint);
    }

    /// Has a command decided after those that were handed in for its room before.
    pub(crate) async fn submit(self: &Arc<Self>, command: RoomCommand, at: Timestamp) -> Answer {
        let (answer, answered) = oneshot::channel();
        let room = command.room;
        let is_idle = {
            let mut waiting = self.waiting.lock();
            let is_idle = !waiting.contains_key(&room);
            let line = waiting.entry(room).or_default();
            if line.len() >= MAX_WAITING {
                return Err(StoreError::Unavailable("too many commands wait for that room".to_owned()).into());
            }
            line.push_back(Waiting { command, at, answer });
            is_idle
        };
        if is_idle {
            // Of its own, so that what is committed is announced even where the caller goes away.
            tokio::spawn(Self::work_off(self.clone(), room));
        }
        let gone = || StoreError::Unknown("the room's writer ended".to_owned());
        answered.await.unwrap_or_else(|_| Err(gone().into()))
    }

    async fn work_off(self: Arc<Self>, room: RoomId) {
        loop {
            let together = {
                let mut waiting = self.waiting.lock();
                let Some(line) = waiting.get_mut(&room) else { return };
                if line.is_empty() {
                    waiting.remove(&room);
                    return;
                }
                let is_large = |waiting: &Waiting| large::is_large(&waiting.command);
                let alone = line.front().is_some_and(is_large);
                let most = if alone { 1 } else { line.len().min(MAX_TOGETHER) };
                let most = line.iter().take(most).skip(1).position(is_large).map_or(most, |at| at + 1);
                line.drain(..most).collect::<Vec<_>>()
            };
            self.answer(together).await;
        }
    }

    async fn answer(&self, together: Vec<Waiting>) {
        if let [only] = together.as_slice()
            && large::is_large(&only.command)
        {
            let outcome = large::perform_steps(self, &only.command, only.at).await;
            for Waiting { answer, .. } in together {
                // Nobody may wait for it any more.
                let _ = answer.send(outcome.clone());
            }
            return;
        }
        let commands: Vec<(&RoomCommand, Timestamp)> =
            together.iter().map(|waiting| (&waiting.command, waiting.at)).collect();
        let answers = self.settle(&commands).await;
        for (Waiting { answer, .. }, outcome) in together.into_iter().zip(answers) {
            let _ = answer.send(outcome);
        }
    }

    /// Decides commands of one room one after the other, commits and announces them; an answer for each.
    pub(crate) async fn settle(&self, commands: &[(&RoomCommand, Timestamp)]) -> Vec<Answer> {
        let mut answers = Vec::with_capacity(commands.len());
        let mut attempt = 0;
        while let Some(left) = commands.get(answers.len()..).filter(|left| !left.is_empty()) {
            match self.settle_some(left).await {
                Ok(Some(settled)) => {
                    attempt = 0;
                    answers.extend(settled);
                }
                Ok(None) if Table::may_try(attempt) => {
                    self.table.wait_after(attempt).await;
                    attempt += 1;
                }
                Ok(None) => answers.extend(left.iter().map(|_| Err(overtaken().into()))),
                Err(error) => answers.extend(left.iter().map(|_| Err(error.clone().into()))),
            }
        }
        answers
    }

    /// As many of the commands as one transaction takes, and at least the first; nothing where somebody was faster.
    async fn settle_some(
        &self,
        commands: &[(&RoomCommand, Timestamp)],
    ) -> Result<Option<Vec<Answer>>, StoreError> {
        let mut unit = Unit::new(&self.table);
        let mut performed: Vec<Result<Performed, CommitError>> = Vec::with_capacity(commands.len());
        for (command, at) in commands {
            let mark = unit.mark();
            match perform(&mut unit, command, *at).await {
                Ok(_) if !unit.fits() => {
                    unit.back_to(mark);
                    if performed.is_empty() {
                        performed.push(Err(too_large().into()));
                    }
                    break;
                }
                Err(CommitError::Store(error @ (StoreError::Unavailable(_) | StoreError::Unknown(_)))) => {
                    return Err(error);
                }
                Err(error) => {
                    unit.back_to(mark);
                    performed.push(Err(error));
                }
                Ok(done) => performed.push(Ok(done)),
            }
        }
        if !unit.commit().await? {
            return Ok(None);
        }
        let room = commands.first().map(|(command, _)| command.room);
        let mut answers = Vec::with_capacity(performed.len());
        for done in performed {
            if let Ok(Performed { outcome, deleted }) = &done {
                outcome.hints().for_each(|hint| self.bus.publish(hint));
                if let Some((room, seq)) = room.zip(*deleted) {
                    self.sweep(room, seq).await;
                }
            }
            answers.push(done.map(|done| done.outcome));
        }
        Ok(Some(answers))
    }

    /// Takes away what others put under a message that is deleted. Nobody sees it any more; there may be more of it than a
    /// transaction takes.
    async fn sweep(&self, room: RoomId, seq: Seq) {
        let swept = async {
            let range = Range::beginning(keys::reactions_partition(room), &keys::reactions_of(seq));
            let mut left = Vec::new();
            for item in self.table.range(&range).await? {
                let ReactionRecord { emoji, user, .. } = item.record()?;
                left.extend([keys::reacted(&user, room, seq, &emoji), item.key]);
            }
            self.table.sweep(&left).await
        };
        if let Err(error) = swept.await {
            tracing::warn!(%room, %seq, %error, "reactions to a deleted message were left behind, where nobody sees them");
        }
    }
}

fn too_large() -> Refusal {
    Refusal::LimitExceeded { what: "items in one change of this store", max: crate::unit::MAX_ITEMS }
}
