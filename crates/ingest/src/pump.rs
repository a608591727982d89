//! From the queue to the devices, for as long as the node runs.

use std::collections::BTreeMap;
use std::time::Duration;

use chinwag_chat::{Order, OrderTarget};
use futures_util::{StreamExt, stream};

use crate::deliver::{Deliverer, Outcome};
use crate::figures;
use crate::source::{Delivery, Source, SourceError};

/// The wait after the queue failed for the first time. Each is twice the one before it.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How much at a time, and how often.
#[derive(Debug, Clone, Copy)]
pub struct PumpSettings {
    /// How many are under way at a time.
    pub concurrency: usize,
    /// How often one is tried before it is a dead letter, the first time included.
    pub max_attempts: u64,
}

/// Takes, delivers, settles.
pub struct Pump<S> {
    source: S,
    deliverer: Deliverer,
    settings: PumpSettings,
}

/// What was taken, and what it wants.
type Read<T> = (Delivery<T>, Order);

impl<S: Source> Pump<S> {
    /// Brings what is in the source to devices.
    #[must_use]
    pub const fn new(source: S, deliverer: Deliverer, settings: PumpSettings) -> Self {
        Self { source, deliverer, settings }
    }

    /// Works until it is dropped, which may be at any time: what is not acknowledged comes again.
    pub async fn run(&self) {
        if let Err(error) = self.deliverer.be_ready().await {
            tracing::warn!(%error, "the bot that says what other back ends ordered is not there yet");
        }
        let mut wait = FIRST_WAIT;
        loop {
            match self.turn().await {
                Ok(()) => wait = FIRST_WAIT,
                Err(error) => {
                    figures::failed();
                    if wait == FIRST_WAIT {
                        tracing::warn!(%error, "cannot take what other back ends ordered; trying on");
                    }
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
            }
        }
    }

    /// Takes some and settles them.
    ///
    /// # Errors
    /// The queue's; what is not settled comes again.
    pub async fn turn(&self) -> Result<(), SourceError> {
        let taken = self.source.take(self.settings.concurrency.max(1)).await?;
        let mut lanes: BTreeMap<OrderTarget, Vec<Read<S::Handle>>> = BTreeMap::new();
        for delivery in taken {
            match Order::read(&delivery.body, &delivery.id) {
                Ok(order) => lanes.entry(order.to.clone()).or_default().push((delivery, order)),
                Err(reason) => self.bury(&delivery, &reason).await?,
            }
        }
        let settled = stream::iter(lanes.into_values()).map(|lane| self.one_after_the_other(lane));
        let settled: Vec<_> = settled.buffer_unordered(self.settings.concurrency.max(1)).collect().await;
        settled.into_iter().collect()
    }

    /// Delivers what is for one room or user. Where one has to wait, those behind it do too: they come again.
    async fn one_after_the_other(&self, lane: Vec<Read<S::Handle>>) -> Result<(), SourceError> {
        for (delivery, order) in lane {
            match self.deliverer.deliver(order).await {
                Outcome::Done => {
                    self.source.acknowledge(&delivery).await?;
                    figures::settled("done");
                }
                Outcome::Hopeless(reason) => self.bury(&delivery, &reason).await?,
                Outcome::NotNow(reason) => {
                    figures::settled("again");
                    return Err(SourceError { place: "the chat's store".to_owned(), reason });
                }
                Outcome::Failed(reason) if delivery.attempts >= self.settings.max_attempts => {
                    self.bury(&delivery, &reason).await?;
                }
                Outcome::Failed(reason) => {
                    tracing::debug!(id = %delivery.id, attempts = delivery.attempts, %reason, "not delivered yet");
                    figures::settled("again");
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    async fn bury(&self, delivery: &Delivery<S::Handle>, reason: &str) -> Result<(), SourceError> {
        self.source.bury(delivery, reason).await?;
        tracing::warn!(id = %delivery.id, attempts = delivery.attempts, reason, "an order of another back end is a dead letter");
        figures::settled("dead");
        Ok(())
    }
}
