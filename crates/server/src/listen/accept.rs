//! What to do when a connection cannot be accepted.

use std::io;
use std::time::Duration;

use crate::metrics::names;

/// The first pause.
const SHORTEST: Duration = Duration::from_millis(10);

/// The longest pause: when files are free again, clients should not wait much longer.
const LONGEST: Duration = Duration::from_secs(1);

/// Pauses that double as long as accepting keeps failing.
#[derive(Debug)]
pub(super) struct Backoff {
    next: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { next: SHORTEST }
    }
}

impl Backoff {
    /// Waits as long as the failure calls for.
    pub(super) async fn pause(&mut self, error: &io::Error) {
        ::metrics::counter!(names::ACCEPT_ERRORS).increment(1);
        if let Some(pause) = self.after(error) {
            // Said once per series: the pauses only lengthen while it lasts.
            if pause == SHORTEST {
                tracing::warn!(%error, "connections cannot be accepted for now");
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// No pause for a client that left before it was accepted; a longer one each time for anything that will not have
    /// changed at once, such as a lack of file descriptors: trying again in a loop would only burn a core.
    fn after(&mut self, error: &io::Error) -> Option<Duration> {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
        if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted) {
            return None;
        }
        let pause = self.next;
        self.next = (pause * 2).min(LONGEST);
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// EMFILE on Linux and the BSDs.
    const TOO_MANY_OPEN_FILES: i32 = 24;

    #[test]
    fn a_lack_of_files_is_waited_out_with_growing_pauses() {
        let error = io::Error::from_raw_os_error(TOO_MANY_OPEN_FILES);
        let mut backoff = Backoff::default();
        let pauses: Vec<_> =
            (0..9).filter_map(|_| backoff.after(&error)).map(|pause| pause.as_millis()).collect();
        assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
    }

    #[test]
    fn a_client_that_left_early_costs_no_pause() {
        let error = io::Error::from(io::ErrorKind::ConnectionAborted);
        assert_eq!(Backoff::default().after(&error), None);
    }
}
