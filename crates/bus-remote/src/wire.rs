//! What an adapter implements: one connection to the server that carries the messages, and how to make it.
//!
//! An adapter moves bytes and nothing else. It does not reconnect, does not queue, does not know what the bytes mean and
//! does not remember what was subscribed: all of that is the supervisor's, once for all wires. When anything is wrong
//! with a link, the adapter says so (an error, or the end of the events), the supervisor drops the link and makes a new
//! one. Dropping a [`Link`] must therefore end whatever the adapter started for it.

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;

use crate::{Topic, WireError};

/// A way to reach the other nodes through a server.
#[async_trait]
pub trait Wire: Send + Sync + 'static {
    /// What it is and what it can carry.
    fn description(&self) -> &WireDescription;

    /// Makes a link. Called again, for ever, while there is none; the supervisor gives it a deadline and spreads the
    /// attempts. Nothing is subscribed on a new link.
    ///
    /// # Errors
    /// A sentence that names `--bus` and the way out: the first attempt's stops the start of the node.
    async fn connect(&self) -> Result<Link, WireError>;
}

/// What a wire is.
#[derive(Debug, Clone)]
pub struct WireDescription {
    /// What answers there, for people: `"NATS server"`.
    pub server: &'static str,
    /// Where, for people: no password, ever.
    pub place: String,
    /// The most bytes that one message may have.
    pub max_message_bytes: usize,
}

/// A connection, in halves that are used at the same time by different tasks.
pub struct Link {
    /// Sends.
    pub publisher: Box<dyn Publisher>,
    /// Says what this node wants; `None` on a wire that brings every message to every node whatever they want.
    pub subscriber: Option<Box<dyn Subscriber>>,
    /// What comes in. Its end, or an error, is the end of the link. Polled all the time; where the node cannot keep up
    /// it is polled less, and the wire drops rather than grows.
    pub events: BoxStream<'static, Result<Event, WireError>>,
}

/// The sending half.
#[async_trait]
pub trait Publisher: Send {
    /// Sends messages to whoever is subscribed to their topics, in this order, and returns when the server has taken
    /// them or, on a wire that does not say, when they are on their way. One call for as many as waited, so that a wire
    /// can pipeline them; the next call comes only after this one has returned.
    ///
    /// # Errors
    /// The link is broken; any of the messages may have been sent.
    async fn publish(&mut self, messages: &[Message]) -> Result<(), WireError>;
}

/// The half that subscribes.
#[async_trait]
pub trait Subscriber: Send {
    /// Subscribes, all in one go, and returns once the server has confirmed all of it: every message published to them
    /// from then on comes. At most [`SUBSCRIBE_AT_ONCE`](crate::SUBSCRIBE_AT_ONCE) topics. That one of them is subscribed already
    /// is no error.
    ///
    /// # Errors
    /// The link is broken.
    async fn subscribe(&mut self, topics: &[Topic]) -> Result<(), WireError>;

    /// Wants these no more. Messages may still come.
    ///
    /// # Errors
    /// The link is broken.
    async fn unsubscribe(&mut self, topics: &[Topic]) -> Result<(), WireError>;
}

/// Bytes for a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Whom it is for.
    pub topic: Topic,
    /// Printable ASCII and UTF-8, without NUL.
    pub payload: Bytes,
}

/// What comes in over a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A message's payload. Its topic does not matter: the payload says what it is about.
    Message(Bytes),
    /// Messages were dropped on the way, but the link goes on.
    Lost,
    /// The server has ended these subscriptions (a moved slot, a restarted part of a cluster); they are made again.
    Unsubscribed(Vec<Topic>),
}
