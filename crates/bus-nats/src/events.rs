//! The half of a link that receives: the messages of all its subscriptions, and the client's own news.

use std::pin::Pin;
use std::task::{Context, Poll};

use async_nats::Subscriber as Subscription;
use chinwag_bus_remote::{Event, SUBSCRIBE_AT_ONCE, WireError};
use futures_util::stream::{SelectAll, Stream, StreamExt as _, TakeUntil};
use tokio::sync::{mpsc, oneshot};

/// A subscription that was made.
pub(crate) struct Subscribed {
    pub(crate) subscription: Subscription,
    /// When to end it.
    pub(crate) ended: oneshot::Receiver<()>,
}

/// What comes in.
pub(crate) struct Events {
    news: mpsc::Receiver<Result<Event, WireError>>,
    made: mpsc::Receiver<Subscribed>,
    subscriptions: SelectAll<TakeUntil<Subscription, oneshot::Receiver<()>>>,
}

impl Events {
    /// The events, and where to hand subscriptions.
    pub(crate) fn new(news: mpsc::Receiver<Result<Event, WireError>>) -> (Self, mpsc::Sender<Subscribed>) {
        let (sender, made) = mpsc::channel(SUBSCRIBE_AT_ONCE);
        (Self { news, made, subscriptions: SelectAll::new() }, sender)
    }
}

impl Stream for Events {
    type Item = Result<Event, WireError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        // The client is gone when nobody could send news any more.
        if let Poll::Ready(news) = this.news.poll_recv(context) {
            return Poll::Ready(news);
        }
        while let Poll::Ready(Some(Subscribed { subscription, ended })) = this.made.poll_recv(context) {
            this.subscriptions.push(subscription.take_until(ended));
        }
        match this.subscriptions.poll_next_unpin(context) {
            Poll::Ready(Some(message)) => Poll::Ready(Some(Ok(Event::Message(message.payload)))),
            // Without a subscription there is nothing yet.
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }
}
