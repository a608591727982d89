//! Tells those who waited for a commit how it ended.
//!
//! Not on the thread that writes. Each answer wakes a task, and a thread that is woken for the first of a batch takes the core
//! from the one that is about to wake the rest: with 64 sends under way, that was two changes of thread for each of them,
//! and what was committed together went out one by one. So a batch is handed to the runtime at once.

use std::time::Duration;

use chinwag_chat::StoreError;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, Receiver, Sender, WeakSender};
use tokio::time::timeout;

use crate::job::{Job, job};

/// After so long without a write the writer gives the memory of its page cache back. What it needs next is read again, from
/// the system's own cache: some microseconds, once.
const RESTS_AFTER: Duration = Duration::from_secs(1);

/// A transaction that has ended, and who waits for it.
struct Ended {
    jobs: Vec<Box<dyn Job>>,
    end: Result<(), StoreError>,
}

impl Ended {
    fn tell(self) {
        for job in self.jobs {
            job.answer(self.end.clone());
        }
    }
}

/// The way to the task that answers.
pub(crate) struct Answers {
    ended: Option<Sender<Ended>>,
}

impl Answers {
    /// Answers in the runtime that this is called in; outside of any, or once it has ended, on the thread that writes.
    /// `writer` is the way to that thread, and `max_jobs` how many it may have at once: with room for as many it never waits.
    pub(crate) fn start(writer: WeakSender<Box<dyn Job>>, max_jobs: usize) -> Self {
        let ended = Handle::try_current().ok().map(|runtime| {
            let (sender, receiver) = mpsc::channel(max_jobs);
            runtime.spawn(answer_all(receiver, writer));
            sender
        });
        Self { ended }
    }

    /// Answers all of a transaction, after those before it.
    pub(crate) fn give(&self, jobs: Vec<Box<dyn Job>>, end: Result<(), StoreError>) {
        let ended = Ended { jobs, end };
        match &self.ended {
            Some(sender) => {
                if let Err(mpsc::error::SendError(ended)) = sender.blocking_send(ended) {
                    ended.tell();
                }
            }
            None => ended.tell(),
        }
    }
}

async fn answer_all(mut ended: Receiver<Ended>, writer: WeakSender<Box<dyn Job>>) {
    while let Some(next) = ended.recv().await {
        next.tell();
        // Until there is a pause.
        while let Ok(next) = timeout(RESTS_AFTER, ended.recv()).await {
            let Some(next) = next else { return };
            next.tell();
        }
        let (rest, _) = job(|connection| Ok(connection.execute_batch("PRAGMA shrink_memory")?), |()| {});
        // Not held any longer: the thread ends once nobody has a way to it.
        let Some(is_taken) = writer.upgrade().map(|writer| writer.try_send(rest).is_ok()) else { return };
        // Where there was no place for it, the pause is over. Else the next that has ended is this.
        if is_taken && let Some(rested) = ended.recv().await {
            rested.tell();
        }
    }
}
