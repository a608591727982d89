//! One of the tasks that write.
//!
//! A transaction can end in four ways, and each has its rule:
//! - *Committed*: the changes are announced in the order of commits, and the callers answered.
//! - *In another's way* (a deadlock, a serialisation failure), or the connection was lost before the commit was sent:
//!   nothing was written, so the batch runs again.
//! - *A statement failed*: nothing was written; the commands run one by one, and only the one at fault fails.
//! - *Nobody knows*: the connection was lost over the commit. Posts run again, for the message's id tells whether it was
//!   written; the others are answered so ([`StoreError::Unknown`](chinwag_chat::StoreError::Unknown)), and their callers look or repeat.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::rules::Outcome;
use chinwag_chat::store::CommitError;
use chinwag_chat::{Bus, Refusal};
use sqlx::PgConnection;
use tokio::sync::mpsc;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep};

use crate::Options;
use crate::decide::{Decided, decide};
use crate::fault::{Fault, Kind};
use crate::job::Job;
use crate::line::Line;
use crate::outage::Outage;

/// How often a batch is tried.
const ATTEMPTS: u32 = 6;

/// How long to wait after a conflict, longer each time.
const PAUSE: Duration = Duration::from_millis(5);

/// Whatever is configured: decisions see what others have committed, and a standby is refused.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

/// Why a transaction came to nothing, or may have.
enum Failure {
    /// There is no connection.
    Connect(Fault),
    /// It was not committed.
    NotDone(Fault),
    /// It may have been committed.
    InDoubt(Fault),
}

/// What a task owns.
pub(crate) struct Scribe {
    line: Line,
    place: Arc<str>,
    outage: Arc<Outage>,
    bus: Arc<dyn Bus>,
    options: Options,
}

impl Scribe {
    pub(crate) fn new(
        line: Line,
        place: Arc<str>,
        outage: Arc<Outage>,
        bus: Arc<dyn Bus>,
        options: Options,
    ) -> Self {
        Self { line, place, outage, bus, options }
    }

    /// Writes until the last sender is gone.
    pub(crate) async fn write_all(mut self, mut queue: mpsc::Receiver<Job>) {
        let max_batch = self.options.max_batch.max(1);
        loop {
            let mut batch = Vec::new();
            if queue.recv_many(&mut batch, max_batch).await == 0 {
                return;
            }
            // Those who are ready to run may hand in theirs first: what a batch costs depends little on its size.
            yield_now().await;
            while batch.len() < max_batch
                && let Ok(job) = queue.try_recv()
            {
                batch.push(job);
            }
            #[expect(clippy::cast_precision_loss, reason = "a batch is smaller than 2^52")]
            metrics::gauge!("chinwag_store_queue_depth").decrement(batch.len() as f64);
            let mut batches = VecDeque::from([batch]);
            while let Some(batch) = batches.pop_front() {
                batches.extend(self.write(batch).await.into_iter().map(|alone| vec![alone]));
            }
        }
    }

    /// Commits some commands and answers them. Those among which a statement failed come back, to run one by one; a
    /// single one never does.
    async fn write(&mut self, mut jobs: Vec<Job>) -> Vec<Job> {
        let mut in_doubt = false;
        for attempt in 1.. {
            let last = attempt >= ATTEMPTS;
            match self.commit(&jobs).await {
                Ok(answers) => {
                    self.finish(jobs, answers);
                    break;
                }
                Err(Failure::InDoubt(fault)) => {
                    tracing::warn!(%fault, jobs = jobs.len(), "a commit's outcome is unknown");
                    in_doubt = true;
                    let (posts, others) = jobs.into_iter().partition(Job::is_post);
                    self.fail(others, &fault, in_doubt);
                    jobs = posts;
                    if last {
                        self.fail(jobs, &fault, in_doubt);
                        break;
                    }
                }
                Err(Failure::NotDone(fault)) if fault.kind() == Kind::Conflict && !last => {
                    tracing::debug!(%fault, "another transaction was in the way: trying again");
                    sleep(PAUSE * attempt).await;
                }
                Err(Failure::NotDone(fault)) if fault.kind() == Kind::Lost && !last => {
                    tracing::debug!(%fault, "the connection was lost before the commit: trying again");
                    sleep(PAUSE * attempt).await;
                }
                // In doubt none of them may come back as if it had not begun.
                Err(Failure::NotDone(fault))
                    if fault.kind() == Kind::Wrong && jobs.len() > 1 && !in_doubt =>
                {
                    tracing::debug!(%fault, jobs = jobs.len(), "a statement failed: each is committed alone");
                    return jobs;
                }
                Err(Failure::Connect(fault) | Failure::NotDone(fault)) => {
                    self.fail(jobs, &fault, in_doubt);
                    break;
                }
            }
            if jobs.is_empty() {
                break;
            }
        }
        vec![]
    }

    /// Runs the commands in one transaction.
    async fn commit(&mut self, jobs: &[Job]) -> Result<Vec<Result<Outcome, Refusal>>, Failure> {
        let mut connection = self.line.take().await.map_err(Failure::Connect)?;
        let started = Instant::now();
        // The server gives up a statement by itself; this is for one that says nothing any more.
        let limit = self.options.statement_timeout * 2;
        match self.line.ask(limit, run(&mut connection, jobs)).await {
            Ok(Decided { answers, must_commit: true }) => {
                let end = self.line.ask(limit, execute(&mut connection, "COMMIT")).await;
                match end {
                    Ok(()) => {}
                    Err(fault) if fault.is_refusal_of_the_server() => return Err(Failure::NotDone(fault)),
                    Err(fault) => return Err(Failure::InDoubt(fault)),
                }
                self.line.give_back(connection);
                #[expect(clippy::cast_precision_loss, reason = "a batch is smaller than 2^52")]
                metrics::histogram!("chinwag_store_batch_size").record(jobs.len() as f64);
                metrics::histogram!("chinwag_store_commit_seconds").record(started.elapsed());
                Ok(answers)
            }
            Ok(Decided { answers, must_commit: false }) => {
                self.roll_back(connection).await;
                Ok(answers)
            }
            Err(fault) => {
                if fault.kind() != Kind::Lost {
                    self.roll_back(connection).await;
                }
                Err(Failure::NotDone(fault))
            }
        }
    }

    /// Gives up the transaction; with the connection, if that is the only way.
    async fn roll_back(&mut self, mut connection: PgConnection) {
        let end = execute(&mut connection, "ROLLBACK");
        if self.line.ask(self.options.statement_timeout, end).await.is_ok() {
            self.line.give_back(connection);
        }
    }

    /// Announces what was committed, and answers the callers.
    fn finish(&self, jobs: Vec<Job>, answers: Vec<Result<Outcome, Refusal>>) {
        self.outage.worked();
        for outcome in answers.iter().flatten() {
            outcome.hints().for_each(|hint| self.bus.publish(hint));
        }
        for (job, answer) in jobs.into_iter().zip(answers) {
            job.answer(answer.map_err(CommitError::from));
        }
    }

    /// Tells the callers what went wrong.
    fn fail(&self, jobs: Vec<Job>, fault: &Fault, in_doubt: bool) {
        if jobs.is_empty() {
            return;
        }
        let error = if in_doubt { fault.in_doubt(&self.place) } else { fault.not_done(&self.place) };
        self.outage.failed(jobs.len(), &error);
        for job in jobs {
            job.answer(Err(error.clone().into()));
        }
    }
}

async fn run(connection: &mut PgConnection, jobs: &[Job]) -> Result<Decided, Fault> {
    execute(connection, BEGIN).await?;
    decide(connection, jobs).await
}

async fn execute(connection: &mut PgConnection, sql: &'static str) -> Result<(), Fault> {
    sqlx::raw_sql(sql).execute(connection).await?;
    Ok(())
}
