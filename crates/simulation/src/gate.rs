//! Stops and kills what runs on a node: at any await point, without a word, as a signal would.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use tokio::task::AbortHandle;

use crate::record::Record;

/// Holds a node's tasks.
pub(crate) struct Gate {
    record: Arc<Record>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    stopped: bool,
    dead: bool,
    waiting: Vec<Waker>,
    tasks: Vec<AbortHandle>,
}

impl Gate {
    pub(crate) fn new(record: Arc<Record>) -> Self {
        Self { record, state: Mutex::default() }
    }

    /// Starts a task of the node's. On a dead node nothing starts.
    pub(crate) fn spawn(self: &Arc<Self>, work: impl Future<Output = ()> + Send + 'static) {
        if self.state.lock().dead {
            return;
        }
        let task = Gated { gate: self.clone(), work: Box::pin(work) };
        let handle = tokio::spawn(task).abort_handle();
        let mut state = self.state.lock();
        if state.tasks.len() >= 64 && state.tasks.len().is_power_of_two() {
            state.tasks.retain(|task| !task.is_finished());
        }
        state.tasks.push(handle);
    }

    /// Nothing of the node runs until [`Gate::go_on`]; the world does.
    pub(crate) fn stop(&self) {
        self.state.lock().stopped = true;
    }

    pub(crate) fn go_on(&self) {
        let waiting = {
            let mut state = self.state.lock();
            state.stopped = false;
            std::mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Ends all tasks where they stand.
    pub(crate) fn kill(&self) {
        let tasks = {
            let mut state = self.state.lock();
            state.dead = true;
            std::mem::take(&mut state.tasks)
        };
        tasks.iter().for_each(AbortHandle::abort);
    }
}

/// A task that runs only while its node does.
struct Gated {
    gate: Arc<Gate>,
    work: BoxFuture<'static, ()>,
}

impl Future for Gated {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        {
            let mut state = self.gate.state.lock();
            if state.stopped {
                state.waiting.push(context.waker().clone());
                return Poll::Pending;
            }
        }
        self.work.as_mut().poll(context)
    }
}

impl Drop for Gated {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.gate.record.complain("a task of a node panicked".to_owned());
        }
    }
}
