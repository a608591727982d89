//! The one thread that writes: group commit.
//!
//! It takes whatever waits, runs it in one transaction in the order in which it was handed in, and commits once, so
//! the fsync is shared by all who waited for the last one. A job that is refused writes nothing. A statement that
//! fails takes its transaction with it, so the jobs are then run one by one, and only the one at fault fails.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use chinwag_chat::StoreError;
use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::mpsc;
use tokio::task::unconstrained;
use tokio::time::Instant;

use crate::Options;
use crate::answers::Answers;
use crate::fault::Fault;
use crate::job::{Job, job};
use crate::lock::FileLock;

/// The way to the thread that writes. Dropping it waits until what was handed in is written.
pub(crate) struct Writer {
    jobs: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    failure: Arc<Mutex<Option<String>>>,
}

impl Writer {
    pub(crate) fn start(
        path: &Path,
        connection: Connection,
        lock: FileLock,
        options: Options,
    ) -> io::Result<Self> {
        let (max_queue, max_batch) = (options.max_queue.max(1), options.max_batch.max(1));
        let (jobs, queue) = mpsc::channel(max_queue);
        let failure = Arc::default();
        let answers = Answers::start(jobs.downgrade(), max_queue + max_batch);
        let scribe = Scribe { path: path.to_owned(), connection, answers, failure: Arc::clone(&failure) };
        let thread = thread::Builder::new().name("store-writer".to_owned()).spawn(move || {
            scribe.write_all(queue, max_batch);
            // Only now, with the file closed, may another process have it.
            drop(lock);
        })?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread), failure })
    }

    /// Why nothing is written any more, if so.
    pub(crate) fn failure(&self) -> Option<String> {
        self.failure.lock().clone()
    }

    /// Has `work` run in a transaction, and its result durable before it returns.
    pub(crate) async fn write<F, T>(&self, work: F) -> Result<T, StoreError>
    where
        F: FnMut(&Connection) -> Result<T, Fault> + Send + 'static,
        T: Send + 'static,
    {
        self.write_and(work, |_| {}).await
    }

    /// The same, with `on_commit` run after the commit, in the order of commits and whether or not anybody waits.
    pub(crate) async fn write_and<F, D, T>(&self, work: F, on_commit: D) -> Result<T, StoreError>
    where
        F: FnMut(&Connection) -> Result<T, Fault> + Send + 'static,
        D: FnOnce(&T) + Send + 'static,
        T: Send + 'static,
    {
        let (job, result) = job(work, on_commit);
        let ended = || StoreError::Unavailable("the store is closed".to_owned());
        let send = self.jobs.as_ref().ok_or_else(ended)?.send(job);
        // The first poll takes a place in the queue, also where the task has used up its share of the thread: else who
        // handed in several at once would see them decided in another order.
        unconstrained(send).await.map_err(|_| ended())?;
        result.await.map_err(|_| StoreError::Unknown("the store was closed meanwhile".to_owned()))?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the store's writer panicked");
        }
    }
}

/// Why a transaction came to nothing.
enum Failure {
    /// One of its statements failed. It was rolled back.
    Statement(Fault),
    /// It could not be begun.
    Begin(Fault),
    /// It could not be ended.
    Commit(Fault),
    /// Nothing is written any more.
    Stopped(String),
}

/// What the thread owns.
struct Scribe {
    path: PathBuf,
    connection: Connection,
    answers: Answers,
    failure: Arc<Mutex<Option<String>>>,
}

impl Scribe {
    /// Writes until the last sender is gone.
    fn write_all(self, mut queue: mpsc::Receiver<Box<dyn Job>>, max_batch: usize) {
        let mut batch = Vec::new();
        while queue.blocking_recv_many(&mut batch, max_batch) > 0 {
            #[expect(clippy::cast_precision_loss, reason = "a queue is shorter than 2^52")]
            metrics::gauge!("chinwag_store_queue_depth").set(queue.len() as f64);
            self.write(std::mem::take(&mut batch));
        }
        if let Err((_, error)) = self.connection.close() {
            tracing::warn!(path = %self.path.display(), %error, "the database file was not closed properly");
        }
    }

    /// Commits a batch and answers all of it.
    fn write(&self, mut batch: Vec<Box<dyn Job>>) {
        let end = self.commit(&mut batch);
        if let Err(Failure::Statement(fault)) = &end
            && batch.len() > 1
        {
            tracing::debug!(%fault, jobs = batch.len(), "a statement failed: each job is committed alone");
            for mut job in batch {
                let end = self.commit(std::slice::from_mut(&mut job));
                self.answers.give(vec![job], end.map_err(|failure| self.meaning(failure)));
            }
            return;
        }
        self.answers.give(batch, end.map_err(|failure| self.meaning(failure)));
    }

    /// Runs the jobs in one transaction.
    fn commit(&self, batch: &mut [Box<dyn Job>]) -> Result<(), Failure> {
        if let Some(reason) = self.failure.lock().clone() {
            return Err(Failure::Stopped(reason));
        }
        let started = Instant::now();
        self.statement("BEGIN IMMEDIATE").map_err(Failure::Begin)?;
        for job in &mut *batch {
            if let Err(fault) = job.run(&self.connection) {
                self.roll_back();
                return Err(Failure::Statement(fault));
            }
        }
        if let Err(fault) = self.statement("COMMIT") {
            self.roll_back();
            return Err(Failure::Commit(fault));
        }
        #[expect(clippy::cast_precision_loss, reason = "a batch is smaller than 2^52")]
        metrics::histogram!("chinwag_store_batch_size").record(batch.len() as f64);
        metrics::histogram!("chinwag_store_commit_seconds").record(started.elapsed());
        Ok(())
    }

    /// Gives up the transaction, unless SQLite has done so already.
    fn roll_back(&self) {
        if !self.connection.is_autocommit()
            && let Err(fault) = self.statement("ROLLBACK")
        {
            self.stop(&format!("a failed transaction could not be undone: {fault}"));
        }
    }

    /// What the callers are told. Logged here, once for all of them.
    fn meaning(&self, failure: Failure) -> StoreError {
        let error = match failure {
            Failure::Stopped(reason) => return StoreError::Unavailable(reason),
            Failure::Statement(fault) | Failure::Begin(fault) => fault.not_done(&self.path),
            Failure::Commit(fault) => {
                if fault.is_disk_failure() {
                    self.stop(&format!("the disk failed during a commit: {fault}"));
                }
                fault.at_commit(&self.path)
            }
        };
        tracing::error!(%error, "the store could not write");
        error
    }

    /// Writes nothing any more. After a failed fsync the system may have dropped what it could not write, and the next
    /// fsync would succeed without it: an acknowledgement from here on could be a lie.
    fn stop(&self, reason: &str) {
        let reason =
            format!("{reason}; nothing more is written to {} until it is opened anew", self.path.display());
        tracing::error!("{reason}");
        *self.failure.lock() = Some(reason);
    }

    fn statement(&self, sql: &str) -> Result<(), Fault> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }
}
