//! One piece of work for the writer.

use chinwag_chat::StoreError;
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::fault::Fault;

/// One piece of work for the writer: run inside a transaction, answered after its end.
pub(crate) trait Job: Send {
    /// Does the work. Runs again from the start if the transaction is rolled back for another job's sake.
    fn run(&mut self, transaction: &Connection) -> Result<(), Fault>;

    /// Tells the caller how the transaction ended.
    fn answer(self: Box<Self>, end: Result<(), StoreError>);
}

/// A job made of functions.
struct Task<F, D, T> {
    work: F,
    on_commit: D,
    result: Option<T>,
    caller: oneshot::Sender<Result<T, StoreError>>,
}

/// A job that runs `work` and, once that is committed, `on_commit`; and where its result will be.
pub(crate) fn job<F, D, T>(work: F, on_commit: D) -> (Box<dyn Job>, oneshot::Receiver<Result<T, StoreError>>)
where
    F: FnMut(&Connection) -> Result<T, Fault> + Send + 'static,
    D: FnOnce(&T) + Send + 'static,
    T: Send + 'static,
{
    let (caller, result) = oneshot::channel();
    (Box::new(Task { work, on_commit, result: None, caller }), result)
}

impl<F, D, T> Job for Task<F, D, T>
where
    F: FnMut(&Connection) -> Result<T, Fault> + Send,
    D: FnOnce(&T) + Send,
    T: Send,
{
    fn run(&mut self, transaction: &Connection) -> Result<(), Fault> {
        self.result = None;
        self.result = Some((self.work)(transaction)?);
        Ok(())
    }

    fn answer(self: Box<Self>, end: Result<(), StoreError>) {
        let answer = match (end, self.result) {
            (Ok(()), Some(result)) => {
                (self.on_commit)(&result);
                Ok(result)
            }
            (Ok(()), None) => Err(StoreError::Unknown("the work was not run".to_owned())),
            (Err(error), _) => Err(error),
        };
        // Whoever asked may have gone; the work is done all the same.
        let _ = self.caller.send(answer);
    }
}
