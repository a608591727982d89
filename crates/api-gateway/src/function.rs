//! Functions whose processes this gateway starts: Lambda's Runtime API, with one process for each event that is worked
//! on.
//!
//! Each process has a Runtime API of its own on a loopback port, as each has on AWS: so it is known which one took an
//! event, and which one to kill when the time is up.

mod desk;
mod instance;
mod output;
mod process;
mod queue;
mod runtime_api;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config;
use crate::figures;
use crate::request_id;
use crate::surroundings::Surroundings;
use queue::{Invocation, Queue};

/// The first pause before a process is started again that has failed at once.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
/// The longest.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// An invocation came to nothing.
#[derive(Debug, Clone)]
pub(crate) enum InvokeError {
    /// The function failed, and this is what is told of it, in JSON.
    Failed(Bytes),
    /// Too many wait already.
    Throttled,
    /// The gateway is stopping.
    Stopped,
}

/// One function.
pub(crate) struct Function {
    name: String,
    arn: String,
    settings: config::Function,
    directory: PathBuf,
    environment: Vec<(String, String)>,
    queue: Queue,
    pool: Mutex<Pool>,
    surroundings: Arc<Surroundings>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// The processes.
#[derive(Debug)]
struct Pool {
    live: usize,
    /// How many of them have nothing to do, or will have once they are up. For a moment it can be below zero: a process may
    /// end between its answer and its being counted as free.
    free: i64,
    /// How many have failed in a row before they did anything.
    failures: u32,
    not_before: Instant,
}

impl Function {
    pub(crate) fn new(
        name: &str,
        settings: &config::Function,
        arn: String,
        environment: Vec<(String, String)>,
        surroundings: Arc<Surroundings>,
    ) -> Arc<Self> {
        let directory = settings.directory.clone().unwrap_or_else(|| PathBuf::from("."));
        let depth = metrics::gauge!(figures::FUNCTION_QUEUE_DEPTH, "function" => name.to_owned());
        Arc::new(Self {
            name: name.to_owned(),
            arn,
            directory,
            environment,
            queue: Queue::new(settings.max_queued, depth),
            pool: Mutex::new(Pool { live: 0, free: 0, failures: 0, not_before: Instant::now() }),
            surroundings,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            settings: settings.clone(),
        })
    }

    /// Starts the processes that are always there.
    pub(crate) fn start(self: &Arc<Self>) {
        let mut pool = self.pool.lock();
        while pool.live < self.settings.min_processes && !self.stop.is_cancelled() {
            self.start_process(&mut pool);
        }
    }

    /// Hands an event to a process as soon as one is free, and waits for what it says. Nobody need wait to the end.
    pub(crate) async fn invoke(self: &Arc<Self>, payload: Bytes) -> Result<Bytes, InvokeError> {
        if self.stop.is_cancelled() {
            return Err(InvokeError::Stopped);
        }
        let (reply, answer) = oneshot::channel();
        let id = request_id::uuid(&self.surroundings);
        if !self.queue.push(Invocation { id, payload, reply }) {
            self.count("throttled");
            return Err(InvokeError::Throttled);
        }
        self.start_what_is_needed();
        answer.await.unwrap_or(Err(InvokeError::Stopped))
    }

    /// Lets processes end what they are at, and ends them.
    pub(crate) async fn stop(&self) {
        self.stop.cancel();
        self.queue.clear(|| InvokeError::Stopped);
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn start_what_is_needed(self: &Arc<Self>) {
        let mut pool = self.pool.lock();
        let waiting = i64::try_from(self.queue.len()).unwrap_or(i64::MAX);
        while pool.free < waiting && pool.live < self.settings.max_processes && !self.stop.is_cancelled() {
            self.start_process(&mut pool);
        }
    }

    fn start_process(self: &Arc<Self>, pool: &mut Pool) {
        pool.live += 1;
        pool.free += 1;
        metrics::gauge!(figures::FUNCTION_PROCESSES, "function" => self.name.clone()).increment(1);
        self.tasks.spawn(instance::run(self.clone(), pool.not_before));
    }

    fn taken(&self) {
        self.pool.lock().free -= 1;
    }

    fn answered(&self) {
        let mut pool = self.pool.lock();
        pool.free += 1;
        pool.failures = 0;
    }

    /// A process is gone. Whether it was free, and whether it never did anything.
    fn ended(self: &Arc<Self>, was_free: bool, did_nothing: Option<&Bytes>) {
        metrics::gauge!(figures::FUNCTION_PROCESSES, "function" => self.name.clone()).decrement(1);
        {
            let mut pool = self.pool.lock();
            pool.live -= 1;
            pool.free -= i64::from(was_free);
            if let Some(failure) = did_nothing {
                let pause = (SHORTEST_PAUSE * 2_u32.saturating_pow(pool.failures.min(10))).min(LONGEST_PAUSE);
                pool.failures += 1;
                pool.not_before = Instant::now() + pause;
                // What waits would wait for nothing: those who asked may do better elsewhere, or later.
                if pool.live == 0 {
                    self.queue.clear(|| InvokeError::Failed(failure.clone()));
                }
            }
        }
        if !self.stop.is_cancelled() {
            self.start();
            self.start_what_is_needed();
        }
    }

    fn count(&self, result: &'static str) {
        metrics::counter!(figures::INVOCATIONS, "function" => self.name.clone(), "result" => result)
            .increment(1);
    }
}

impl std::fmt::Debug for Function {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Function").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What is told of a function that failed.
fn failure(kind: &str, message: &str) -> Bytes {
    serde_json::json!({ "errorMessage": message, "errorType": kind }).to_string().into()
}
