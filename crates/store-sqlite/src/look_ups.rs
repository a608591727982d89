//! Short questions, which many ask at the same time: answered one after the other by a thread that is at it anyway, all
//! who wait by one transaction. To wake a thread for each would cost more than the answer, so whoever finds nobody at it
//! lets all other tasks that are ready to run put their questions first.

use std::collections::VecDeque;
use std::sync::Arc;

use chinwag_chat::StoreError;
use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::{Semaphore, oneshot};

use crate::fault::Fault;
use crate::readers::Readers;

/// How many threads may be at it: a second one, so that a page that has to come from the disk holds up few.
const HANDS: usize = 2;
/// The most questions that one transaction answers: one that lasts keeps the log from being emptied.
const QUESTIONS: usize = 256;
/// The most that may wait; others wait to be let in.
const WAITING: usize = 4_096;

/// The questions that wait, and who answers them.
pub(crate) struct LookUps {
    readers: Arc<Readers>,
    let_in: Semaphore,
    line: Mutex<Line>,
}

#[derive(Default)]
struct Line {
    waiting: VecDeque<Box<dyn Question>>,
    hands: usize,
}

impl LookUps {
    pub(crate) fn new(readers: Arc<Readers>) -> Arc<Self> {
        Arc::new(Self { readers, let_in: Semaphore::new(WAITING), line: Mutex::default() })
    }

    /// What `query` finds, all of it on one state of the database, which is not older than this question.
    pub(crate) async fn ask<F, T>(self: &Arc<Self>, query: F) -> Result<T, StoreError>
    where
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
        T: Send + 'static,
    {
        let unavailable = |error: &dyn std::fmt::Display| StoreError::Unavailable(error.to_string());
        let _place = self.let_in.acquire().await.map_err(|error| unavailable(&error))?;
        let (caller, answer) = oneshot::channel();
        if self.queue(Box::new(Asked { query, caller })) {
            let hand = Hand { look_ups: Arc::clone(self), is_at_work: true };
            // A task of its own: this one may be given up, but others rely on the hand.
            tokio::spawn(async move {
                tokio::task::yield_now().await;
                tokio::task::spawn_blocking(move || hand.work());
            });
        }
        answer.await.map_err(|error| unavailable(&error))?
    }

    /// Puts a question in line; true where somebody must be found to answer.
    fn queue(&self, question: Box<dyn Question>) -> bool {
        let mut line = self.line.lock();
        line.waiting.push_back(question);
        // One is enough until they wait longer than a transaction takes.
        let is_short_of_hands = line.hands < HANDS && line.waiting.len() > line.hands * QUESTIONS;
        line.hands += usize::from(is_short_of_hands);
        is_short_of_hands
    }

    fn answer(&self, questions: Vec<Box<dyn Question>>) {
        let mut questions = questions.into_iter().filter(|question| question.is_wanted());
        while let Some(first) = questions.next() {
            let mut next = Some(first);
            let answered = self.readers.run(|connection| {
                while let Some(question) = next.take().or_else(|| questions.next()) {
                    // A connection whose query failed is not kept: those that are left get another.
                    question.answer(connection, &self.readers)?;
                }
                Ok(())
            });
            if let (Err(fault), Some(question)) = (answered, next) {
                question.refuse(self.readers.not_read(&fault));
            }
        }
    }
}

/// Somebody who answers, until nobody waits.
struct Hand {
    look_ups: Arc<LookUps>,
    is_at_work: bool,
}

impl Hand {
    fn work(mut self) {
        loop {
            let questions = self.next();
            if questions.is_empty() {
                return;
            }
            self.look_ups.answer(questions);
        }
    }

    /// The next ones, as many as go into one transaction. Where there are none, whoever comes now finds this hand gone.
    fn next(&mut self) -> Vec<Box<dyn Question>> {
        let mut line = self.look_ups.line.lock();
        let count = line.waiting.len().min(QUESTIONS);
        let questions: Vec<_> = line.waiting.drain(..count).collect();
        self.is_at_work = !questions.is_empty();
        line.hands -= usize::from(questions.is_empty());
        questions
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        if self.is_at_work {
            self.look_ups.line.lock().hands -= 1;
        }
    }
}

/// One question.
trait Question: Send {
    /// Whether anybody still waits for the answer.
    fn is_wanted(&self) -> bool;

    /// Answers it. Fails where the connection is not to be used any more; the caller knows.
    fn answer(self: Box<Self>, connection: &Connection, readers: &Readers) -> Result<(), Fault>;

    /// There is no answer.
    fn refuse(self: Box<Self>, error: StoreError);
}

/// A question made of a query.
struct Asked<F, T> {
    query: F,
    caller: oneshot::Sender<Result<T, StoreError>>,
}

impl<F, T> Question for Asked<F, T>
where
    F: FnOnce(&Connection) -> Result<T, Fault> + Send,
    T: Send,
{
    fn is_wanted(&self) -> bool {
        !self.caller.is_closed()
    }

    fn answer(self: Box<Self>, connection: &Connection, readers: &Readers) -> Result<(), Fault> {
        let Self { query, caller } = *self;
        // Whoever asked may have gone meanwhile.
        match query(connection) {
            Ok(found) => {
                let _ = caller.send(Ok(found));
                Ok(())
            }
            Err(fault) => {
                let _ = caller.send(Err(readers.not_read(&fault)));
                Err(fault)
            }
        }
    }

    fn refuse(self: Box<Self>, error: StoreError) {
        let _ = self.caller.send(Err(error));
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    fn look_ups(directory: &tempfile::TempDir) -> Arc<LookUps> {
        let path = directory.path().join("test.db");
        Connection::open(&path).unwrap().execute("CREATE TABLE numbers (number INTEGER)", []).unwrap();
        LookUps::new(Arc::new(Readers::new(&path, 1)))
    }

    async fn ask(look_ups: &Arc<LookUps>, sql: &'static str) -> Result<i64, StoreError> {
        look_ups.ask(move |connection| Ok(connection.query_row(sql, [], |row| row.get(0))?)).await
    }

    #[tokio::test]
    async fn a_question_that_fails_does_not_take_the_others_with_it() {
        let directory = tempfile::tempdir().unwrap();
        let look_ups = look_ups(&directory);
        let questions = ["SELECT 7", "SELECT no_such_column FROM numbers", "SELECT count(*) FROM numbers"];
        let answers = join_all(questions.map(|sql| ask(&look_ups, sql))).await;
        assert!(matches!(answers[..], [Ok(7), Err(StoreError::Corrupt(_)), Ok(0)]), "{answers:?}");
    }

    #[tokio::test]
    async fn a_file_that_is_gone_is_told_to_all_and_found_again() {
        let directory = tempfile::tempdir().unwrap();
        let look_ups = look_ups(&directory);
        let (path, aside) = (directory.path().join("test.db"), directory.path().join("aside.db"));
        std::fs::rename(&path, &aside).unwrap();
        let answers = join_all((0..5).map(|_| ask(&look_ups, "SELECT 7"))).await;
        assert!(answers.iter().all(Result::is_err), "{answers:?}");
        std::fs::rename(&aside, &path).unwrap();
        assert_eq!(ask(&look_ups, "SELECT 7").await.unwrap(), 7);
    }

    /// A question that is a bug of ours ends its thread; the next one gets another.
    #[tokio::test]
    async fn a_question_that_panics_keeps_nobody_waiting() {
        let directory = tempfile::tempdir().unwrap();
        let look_ups = look_ups(&directory);
        let panics = look_ups.ask(|_| -> Result<(), Fault> { panic!("a bug") });
        assert!(matches!(panics.await, Err(StoreError::Unavailable(_))));
        while look_ups.line.lock().hands > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(ask(&look_ups, "SELECT 7").await.unwrap(), 7);
    }
}
