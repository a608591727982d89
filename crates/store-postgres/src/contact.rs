//! Whether any server answers, as all who ask one see it together.
//!
//! Behind a network that swallows everything, each call would find out by itself, and wait as long as the slowest
//! statement may take. So whoever waits in vain has somebody look for a server; and when none has said anything for the
//! time of patience, all are told at once, until one is found.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use crate::fault::Fault;

/// However impatient the callers are, so much silence means nothing.
const LEAST_SILENCE: Duration = Duration::from_secs(1);

/// What is known of it.
pub(crate) struct Contact {
    /// How much silence means that no server is there.
    silence: Duration,
    /// When a server last said anything.
    heard: Mutex<Instant>,
    /// Why no server can be used, where none is there.
    lost: watch::Sender<Option<Arc<str>>>,
    /// Whether somebody looks for a server.
    is_sought: AtomicBool,
}

impl Contact {
    pub(crate) fn new(patience: Duration) -> Self {
        Self {
            silence: patience.max(LEAST_SILENCE),
            heard: Mutex::new(Instant::now()),
            lost: watch::Sender::new(None),
            is_sought: AtomicBool::new(false),
        }
    }

    /// A server said something.
    pub(crate) fn heard(&self) {
        *self.heard.lock() = Instant::now();
        self.lost.send_if_modified(|why| why.take().is_some());
    }

    /// Whether a server said something after that moment.
    pub(crate) fn was_heard_after(&self, moment: Instant) -> bool {
        *self.heard.lock() > moment
    }

    /// Gives up, if nothing was said for too long.
    pub(crate) fn lose_after_silence(&self, since: Instant, why: &Fault) {
        if self.last_word(since).elapsed() >= self.silence {
            self.lost.send_if_modified(|lost| lost.replace(why.to_string().into()).is_none());
        }
    }

    /// Why nobody needs to ask, where no server is there.
    pub(crate) fn lost(&self) -> Option<Fault> {
        self.lost.borrow().as_deref().map(no_server)
    }

    /// Waits until no server is there.
    pub(crate) async fn until_lost(&self) -> Fault {
        let mut lost = self.lost.subscribe();
        if let Ok(why) = lost.wait_for(Option::is_some).await
            && let Some(why) = why.as_deref()
        {
            return no_server(why);
        }
        // The other end is this one's own.
        std::future::pending().await
    }

    /// Waits until nothing was said for too long, by anybody since then.
    pub(crate) async fn until_silence(&self, since: Instant) {
        self.until_silent_for(self.silence, since).await;
    }

    /// Waits until so little was said that it is time to look; and then again, as long as that is so.
    pub(crate) async fn until_suspicion(&self, since: Instant) {
        self.until_silent_for(self.silence / 2, since).await;
    }

    /// How long whoever has begun to look waits before looking whether somebody still does.
    pub(crate) async fn pause(&self) {
        sleep(self.silence / 2).await;
    }

    /// Where the caller is the one to look for a server: since when silence counts. A search takes its time, also after a
    /// process was stopped for so long that everything seems to have been silent.
    pub(crate) fn begin_search(&self, since: Instant) -> Option<Instant> {
        let is_sought = self.is_sought.swap(true, Ordering::AcqRel);
        (!is_sought).then(|| Instant::now().checked_sub(self.silence / 2).map_or(since, |at| at.max(since)))
    }

    pub(crate) fn end_search(&self) {
        self.is_sought.store(false, Ordering::Release);
    }

    async fn until_silent_for(&self, time: Duration, since: Instant) {
        loop {
            let until = self.last_word(since) + time;
            if until <= Instant::now() {
                return;
            }
            sleep_until(until).await;
        }
    }

    /// Since when nobody has said anything to those who asked then.
    fn last_word(&self, asked: Instant) -> Instant {
        asked.max(*self.heard.lock())
    }
}

fn no_server(why: &str) -> Fault {
    Fault::Away(format!("no server can be reached ({why})"))
}
