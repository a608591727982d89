//! What the log tells of an outage: that it began, now and then that it lasts, and that it is over. Its calls fail by the
//! thousand, and a line for each would hide everything else.

use std::time::Duration;

use chinwag_chat::StoreError;
use parking_lot::Mutex;
use tokio::time::Instant;

/// How often it is told that it lasts.
const TELL_EVERY: Duration = Duration::from_secs(30);

/// How long nothing may have failed before it is over: under load some calls go through and others do not.
const CALM: Duration = Duration::from_secs(1);

/// The outage that there is, if any.
#[derive(Default)]
pub(crate) struct Outage(Mutex<Option<Lasting>>);

struct Lasting {
    since: Instant,
    told: Instant,
    last_failure: Instant,
    failed: u64,
}

/// What is worth a line.
#[derive(Debug, PartialEq, Eq)]
enum News {
    Begun,
    Lasts { failed: u64, since: Instant },
    Over { failed: u64, since: Instant },
}

impl Outage {
    /// So many calls failed. What is wrong with the data, and not with the server, is told each time.
    pub(crate) fn failed(&self, calls: usize, error: &StoreError) {
        if matches!(error, StoreError::Corrupt(_)) {
            tracing::error!(%error, "the store cannot make sense of what it has");
            return;
        }
        match self.note_failure(calls as u64, Instant::now()) {
            Some(News::Lasts { failed, since }) => {
                tracing::error!(%error, failed, since = ?since.elapsed(), "the store still fails");
            }
            Some(_) => {
                tracing::error!(%error, "the store fails; more is told only while it lasts, and when it is over");
            }
            None => {}
        }
    }

    /// A call did not fail.
    pub(crate) fn worked(&self) {
        if let Some(News::Over { failed, since }) = self.note_success(Instant::now()) {
            tracing::info!(failed, after = ?since.elapsed(), "the store works again");
        }
    }

    fn note_failure(&self, calls: u64, now: Instant) -> Option<News> {
        let mut outage = self.0.lock();
        let Some(lasting) = &mut *outage else {
            *outage = Some(Lasting { since: now, told: now, last_failure: now, failed: calls });
            return Some(News::Begun);
        };
        lasting.failed += calls;
        lasting.last_failure = now;
        if now.duration_since(lasting.told) < TELL_EVERY {
            return None;
        }
        lasting.told = now;
        Some(News::Lasts { failed: lasting.failed, since: lasting.since })
    }

    fn note_success(&self, now: Instant) -> Option<News> {
        let mut outage = self.0.lock();
        let over = outage.take_if(|lasting| now.duration_since(lasting.last_failure) >= CALM)?;
        Some(News::Over { failed: over.failed, since: over.since })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_of_a_minute_is_told_three_times_whatever_fails() {
        let (outage, began) = (Outage::default(), Instant::now());
        assert_eq!(outage.note_success(began), None);
        let mut told = vec![];
        for tenth in 0..590 {
            let now = began + Duration::from_millis(100) * tenth;
            told.extend(outage.note_failure(2, now));
            // Now and then one goes through.
            told.extend(outage.note_success(now + Duration::from_millis(50)));
        }
        let over = began + Duration::from_secs(60);
        told.extend(outage.note_success(over));
        told.extend(outage.note_success(over));
        let lasts = News::Lasts { failed: 602, since: began };
        assert_eq!(told, [News::Begun, lasts, News::Over { failed: 1180, since: began }]);
    }
}
