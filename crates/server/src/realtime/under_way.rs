//! What a connection has begun and waits for.

use std::task::{Context, Poll, ready};

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};

/// Most connections wait for nothing, and most others for one thing: those need no set, which costs memory of its own.
pub(super) enum UnderWay<T> {
    Nothing,
    One(BoxFuture<'static, T>),
    Several(FuturesUnordered<BoxFuture<'static, T>>),
}

impl<T> UnderWay<T> {
    /// Something more was begun.
    pub(super) fn push(&mut self, begun: BoxFuture<'static, T>) {
        *self = match std::mem::replace(self, Self::Nothing) {
            Self::Nothing => Self::One(begun),
            Self::One(first) => Self::Several([first, begun].into_iter().collect()),
            Self::Several(several) => {
                several.push(begun);
                Self::Several(several)
            }
        };
    }

    /// The next that is done, whichever that is. Where there is nothing, nothing is ever done.
    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<T> {
        match self {
            Self::Nothing => Poll::Pending,
            Self::One(begun) => {
                let done = ready!(begun.as_mut().poll(context));
                *self = Self::Nothing;
                Poll::Ready(done)
            }
            Self::Several(several) => {
                let done = ready!(several.poll_next_unpin(context));
                if several.is_empty() {
                    *self = Self::Nothing;
                }
                done.map_or(Poll::Pending, Poll::Ready)
            }
        }
    }

    /// Gives all of it up.
    pub(super) fn clear(&mut self) {
        *self = Self::Nothing;
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn, ready};

    use super::*;

    async fn next(under_way: &mut UnderWay<u8>) -> u8 {
        poll_fn(|context| under_way.poll_next(context)).await
    }

    #[tokio::test]
    async fn whatever_is_done_comes_out_once_and_leaves_nothing() {
        let mut under_way = UnderWay::Nothing;
        under_way.push(Box::pin(ready(1)));
        assert_eq!(next(&mut under_way).await, 1);
        assert!(matches!(under_way, UnderWay::Nothing));
        under_way.push(Box::pin(pending()));
        under_way.push(Box::pin(ready(2)));
        under_way.push(Box::pin(ready(3)));
        let mut done = [next(&mut under_way).await, next(&mut under_way).await];
        done.sort_unstable();
        assert_eq!(done, [2, 3]);
        let waits = poll_fn(|context| Poll::Ready(under_way.poll_next(context).is_pending())).await;
        assert!(waits, "what is not done is waited for");
        under_way.clear();
        assert!(matches!(under_way, UnderWay::Nothing));
    }
}
