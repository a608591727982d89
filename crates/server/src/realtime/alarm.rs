//! The timer of a connection.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::time::{Instant, Sleep, sleep_until};

/// Waits for a moment that may change. The timer is set anew only when it does, and there is none as long as nothing
/// is waited for.
#[derive(Debug, Default)]
pub(super) struct Alarm(Option<Pin<Box<Sleep>>>);

impl Alarm {
    /// Whether that moment has come; if not, the task is woken once it has.
    pub(super) fn poll(&mut self, at: Option<Instant>, context: &mut Context<'_>) -> Poll<()> {
        let Some(at) = at else {
            self.0 = None;
            return Poll::Pending;
        };
        let sleep = self.0.get_or_insert_with(|| Box::pin(sleep_until(at)));
        if sleep.deadline() != at {
            sleep.as_mut().reset(at);
        }
        sleep.as_mut().poll(context)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_goes_off_at_the_moment_that_was_said_last() {
        let start = Instant::now();
        let after = |seconds| Some(start + Duration::from_secs(seconds));
        let mut alarm = Alarm::default();
        let mut polled = async |at| poll_fn(|context| Poll::Ready(alarm.poll(at, context))).await;
        assert!(polled(after(10)).await.is_pending());
        assert!(polled(after(20)).await.is_pending());
        tokio::time::advance(Duration::from_secs(11)).await;
        assert!(polled(after(20)).await.is_pending(), "it was put off");
        assert!(polled(after(5)).await.is_ready(), "past already");
        assert!(polled(None).await.is_pending());
        poll_fn(|context| alarm.poll(after(20), context)).await;
        assert_eq!(start.elapsed(), Duration::from_secs(20));
    }
}
