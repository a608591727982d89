//! The way to the log: group commit.
//!
//! Each of a few tasks takes whatever commands wait for it, runs them in one transaction in the order in which they were
//! handed in, and commits once. A room's commands all go to the same task, which is the same on every node: so they
//! keep their order, and nodes that serve the same rooms wait for each other in as few places as can be.

use std::sync::Arc;

use chinwag_chat::{Bus, RoomCommand, RoomId, StoreError, Timestamp};
use tokio::sync::mpsc;
use tokio::task::unconstrained;

use crate::Options;
use crate::job::{Answer, Job};
use crate::line::Line;
use crate::outage::Outage;
use crate::scribe::Scribe;
use crate::servers::Servers;

/// The way to the tasks that write. When it is dropped, they end after what was handed in.
pub(crate) struct Writer {
    queues: Vec<mpsc::Sender<Job>>,
}

impl Writer {
    pub(crate) fn start(
        servers: &Servers,
        place: &Arc<str>,
        outage: &Arc<Outage>,
        bus: &Arc<dyn Bus>,
        options: Options,
    ) -> Self {
        let writer = |_| {
            let (jobs, queue) = mpsc::channel(options.max_queue.max(1));
            let line = Line::new(servers);
            let scribe = Scribe::new(line, place.clone(), outage.clone(), bus.clone(), options);
            tokio::spawn(scribe.write_all(queue));
            jobs
        };
        Self { queues: (0..options.writers.max(1)).map(writer).collect() }
    }

    /// Whether every task is there to take commands.
    pub(crate) fn is_whole(&self) -> bool {
        self.queues.iter().all(|queue| !queue.is_closed())
    }

    /// Has a command decided and committed.
    pub(crate) async fn commit(&self, command: RoomCommand, at: Timestamp) -> Answer {
        let ended = || StoreError::Unavailable("the store is closed".to_owned());
        let queue = self.queues.get(way_of(command.room, self.queues.len())).ok_or_else(ended)?;
        let (job, answer) = Job::new(command, at);
        // The first poll takes a place in the queue, also where the task has used up its share of the thread: else who
        // handed in several at once would see them decided in another order.
        unconstrained(queue.send(job)).await.map_err(|_| ended())?;
        metrics::gauge!("chinwag_store_queue_depth").increment(1);
        answer.await.map_err(|_| StoreError::Unknown("the store was closed meanwhile".to_owned()))?
    }
}

/// Which way a room's commands go. The last byte of its id is random.
fn way_of(room: RoomId, ways: usize) -> usize {
    let [.., last] = room.to_bytes();
    usize::from(last) % ways
}
