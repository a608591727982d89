//! The port to a queue, and its adapters: one file for each.

mod nats;
mod redis;

use async_trait::async_trait;

pub use nats::{NatsPlace, NatsSource};
pub use redis::{RedisPlace, RedisSource};

/// Something that was taken off a queue, and is to be settled.
#[derive(Debug, Clone)]
pub struct Delivery<T> {
    /// What it says.
    pub body: Vec<u8>,
    /// The queue's own id for it, which stays the same however often it comes.
    pub id: String,
    /// How often it was taken, this time included.
    pub attempts: u64,
    /// What the queue knows it by.
    pub handle: T,
}

/// The queue cannot be asked, or told.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct SourceError {
    /// Which, without what is secret.
    pub place: String,
    /// Why.
    pub reason: String,
}

/// A queue that several share: what one takes and does not settle comes again after a while, to any of them.
#[async_trait]
pub trait Source: Send + Sync {
    /// What the queue knows a delivery by.
    type Handle: Send + Sync;

    /// Takes at most so many; waits a moment where there is nothing. What was taken before and not settled in time comes
    /// first. Safe to drop: what was taken comes again.
    async fn take(&self, most: usize) -> Result<Vec<Delivery<Self::Handle>>, SourceError>;

    /// It is delivered, and comes no more.
    async fn acknowledge(&self, delivery: &Delivery<Self::Handle>) -> Result<(), SourceError>;

    /// It is put where the dead letters are, with the reason, and comes no more. Where that fails half-way it is there and
    /// comes again.
    async fn bury(&self, delivery: &Delivery<Self::Handle>, reason: &str) -> Result<(), SourceError>;
}
