//! Keeps a link to the other nodes: as long as there is one, its tasks run; when there is none, it makes a new one.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;

use chinwag_chat::{Entropy, HintSink};
use metrics::{counter, gauge};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::backoff::Backoff;
use crate::pulse::Pulse;
use crate::remote_bus::{Shared, make_link};
use crate::tasks;
use crate::wire::{Link, Wire};
use crate::{WireError, figures};

pub(crate) struct Supervisor {
    wire: Arc<dyn Wire>,
    shared: Arc<Shared>,
    backoff: Backoff,
    /// When the bus went away, and how often it was tried since.
    outage: Option<(Instant, u32)>,
}

impl Supervisor {
    pub(crate) fn new(wire: Arc<dyn Wire>, shared: Arc<Shared>, entropy: Arc<dyn Entropy>) -> Self {
        let backoff = Backoff::new(shared.settings.first_retry, shared.settings.last_retry, entropy);
        Self { wire, shared, backoff, outage: None }
    }

    /// Runs until dropped.
    pub(crate) async fn run(mut self, first: Link, sink: Arc<dyn HintSink>) {
        gauge!(figures::CONNECTED).set(1.0);
        let Err(error) = self.live(first, &sink, true).await;
        self.is_away(&error);
        loop {
            sleep(self.backoff.wait()).await;
            let error = match make_link(&*self.wire, &self.shared.settings).await {
                Ok(link) => {
                    counter!(figures::RECONNECTS).increment(1);
                    let Err(error) = self.live(link, &sink, false).await;
                    error
                }
                Err(error) => error,
            };
            self.is_away(&error);
        }
    }

    /// Works with a link until it breaks.
    async fn live(
        &mut self,
        link: Link,
        sink: &Arc<dyn HintSink>,
        is_first: bool,
    ) -> Result<Infallible, WireError> {
        if let Some(interest) = &self.shared.interest {
            interest.lock().start_over();
        }
        self.shared.outgoing.set_linked(true);
        let pulse = Arc::new(Pulse::new(Instant::now()));
        let (shared, sink) = (&self.shared, sink.clone());
        let mut running = JoinSet::new();
        running.spawn(tasks::publish(
            link.publisher,
            shared.clone(),
            self.wire.description().max_message_bytes,
        ));
        running.spawn(tasks::receive(link.events, shared.clone(), sink.clone(), pulse.clone()));
        match link.subscriber {
            Some(subscriber) => {
                running.spawn(tasks::subscribe(subscriber, shared.clone(), sink, pulse.clone(), is_first));
            }
            // All there is comes by itself, from now on.
            None if is_first => {}
            None => sink.on_loss(),
        }
        running.spawn(tasks::beat(shared.clone(), pulse.clone()));

        let ended = async move {
            // There are tasks, so that one of them is the first to end; the others end when the set is dropped.
            running.join_next().await
        };
        let ended = self.watch(ended, &pulse).await;
        self.shared.outgoing.set_linked(false);
        match ended {
            Some(Ok(result)) => result,
            // The node should know that a part of it has panicked.
            Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Some(Err(error)) => Err(WireError::broken(error)),
            None => Err(WireError::broken("nothing to do")),
        }
    }

    /// Waits for the end, and says in between that the bus is back once the link has shown that it works.
    async fn watch<T>(&mut self, ended: impl Future<Output = T>, pulse: &Pulse) -> T {
        tokio::pin!(ended);
        tokio::select! {
            result = &mut ended => return result,
            () = pulse.is_alive() => self.is_back(),
        }
        ended.await
    }

    fn is_away(&mut self, error: &WireError) {
        gauge!(figures::CONNECTED).set(0.0);
        match &mut self.outage {
            // Said once: an operator who reads this wants to know that it is so, not how often it was tried.
            Some((_, attempts)) => {
                *attempts += 1;
                tracing::debug!(%error, "the bus is still away");
            }
            None => {
                self.outage = Some((Instant::now(), 1));
                let place = &self.wire.description().place;
                tracing::warn!(%error, %place, "the bus is away: other nodes learn of changes only from the store");
            }
        }
    }

    fn is_back(&mut self) {
        gauge!(figures::CONNECTED).set(1.0);
        self.backoff.reset();
        if let Some((since, attempts)) = self.outage.take() {
            let outage_ms = since.elapsed().as_millis();
            tracing::info!(outage_ms, attempts, "the bus is back");
        }
    }
}
