//! How a node comes to its end: phase by phase, each with a deadline, each visible to whoever has to act on it.
//!
//! ```text
//! Running → NotReady → Draining → Flushing → Stopped
//! ```
//!
//! A phase only ever moves on. Tasks watch the [`Lifecycle`]; the one who winds the node down moves it.

pub mod health;
pub mod signals;
#[cfg(test)]
mod tests;
mod wind_down;

use tokio::sync::watch;

pub use wind_down::{Ending, Stop, wind_down};

/// Where a node is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Not ready yet: the store is being opened.
    Starting,
    /// Everything works.
    Running,
    /// Everything works, but balancers are told to send no more clients.
    NotReady,
    /// Clients are told to move to other nodes.
    Draining,
    /// The clients are gone; accepted work is finished.
    Flushing,
    /// Nothing works any more.
    Stopped,
}

/// The node's phase, to watch and to move. Clones share it.
#[derive(Debug, Clone)]
pub struct Lifecycle {
    phase: watch::Sender<Phase>,
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self { phase: watch::Sender::new(Phase::Starting) }
    }
}

impl Lifecycle {
    /// The phase right now.
    #[must_use]
    pub fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// Moves on to a phase. One that is past is not returned to.
    pub fn advance(&self, phase: Phase) {
        let moved = self.phase.send_if_modified(|current| {
            let is_later = phase > *current;
            if is_later {
                *current = phase;
            }
            is_later
        });
        if moved {
            tracing::info!(phase = ?phase, "node phase");
        }
    }

    /// Waits until the phase is reached or past.
    pub fn reached(&self, phase: Phase) -> impl Future<Output = ()> + Send + 'static {
        let mut watch = self.phase.subscribe();
        let keeps_it_open = self.phase.clone();
        async move {
            // Cannot fail: a sender is held right here.
            let _ = watch.wait_for(|current| *current >= phase).await;
            drop(keeps_it_open);
        }
    }
}
