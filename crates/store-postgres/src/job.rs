//! A command on its way to a writer, and the way of its answer back.

use chinwag_chat::rules::Outcome;
use chinwag_chat::store::CommitError;
use chinwag_chat::{RoomAction, RoomCommand, Timestamp};
use tokio::sync::oneshot;

/// What the caller of a command gets.
pub(crate) type Answer = Result<Outcome, CommitError>;

/// A command that waits for its transaction.
pub(crate) struct Job {
    pub(crate) command: RoomCommand,
    pub(crate) at: Timestamp,
    caller: oneshot::Sender<Answer>,
}

impl Job {
    /// A job for that command, and where its answer will be.
    pub(crate) fn new(command: RoomCommand, at: Timestamp) -> (Self, oneshot::Receiver<Answer>) {
        let (caller, answer) = oneshot::channel();
        (Self { command, at, caller }, answer)
    }

    /// Whether it is one of those that come by the hundred.
    pub(crate) fn is_post(&self) -> bool {
        matches!(self.command.action, RoomAction::Post(_))
    }

    pub(crate) fn answer(self, answer: Answer) {
        // Whoever asked may have gone; the work is done all the same.
        let _ = self.caller.send(answer);
    }
}
