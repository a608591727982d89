//! Asking the servers, and looking for one where none answers.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{PAUSE, Servers};
use crate::fault::{Fault, in_time};

impl Servers {
    /// Waits for an answer to `work`: as long as it may take, or until it is plain that no server is there.
    pub(crate) async fn ask<T>(
        &self,
        limit: Duration,
        work: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Fault> {
        let asked = Instant::now();
        tokio::select! {
            // An answer that is there counts, whatever is thought of the server.
            biased;
            answer = in_time(limit, work) => {
                if answer.as_ref().map_or_else(|fault| fault.code().is_some(), |_| true) {
                    self.seen.contact.heard();
                }
                answer
            }
            () = self.until_plainly_lost(asked) => Err(Fault::Silent(asked.elapsed())),
        }
    }

    async fn until_plainly_lost(&self, asked: Instant) {
        let suspicion = async {
            loop {
                self.seen.contact.until_suspicion(asked).await;
                self.search(asked);
                self.seen.contact.pause().await;
            }
        };
        tokio::select! {
            _ = self.seen.contact.until_lost() => {}
            () = suspicion => {}
        }
    }

    /// Has somebody look for a server until one says something. They stop with the last of those who ask.
    pub(crate) fn search(&self, since: Instant) {
        let Some(since) = self.seen.contact.begin_search(since) else { return };
        let Self { each, timeout, patience, seen } = self.clone();
        let seen = Arc::downgrade(&seen);
        tokio::spawn(async move {
            while let Some(seen) = seen.upgrade() {
                let servers = Self { each: each.clone(), timeout, patience, seen };
                if servers.seek(since).await {
                    return;
                }
                drop(servers);
                sleep(PAUSE).await;
            }
        });
    }

    /// One attempt. Whether a server was heard, on this connection or another.
    async fn seek(&self, since: Instant) -> bool {
        let contact = &self.seen.contact;
        let attempt = async { self.connect().await.err() };
        tokio::pin!(attempt);
        let fault = tokio::select! {
            biased;
            fault = &mut attempt => fault,
            () = contact.until_silence(since) => {
                contact.lose_after_silence(since, &Fault::Silent(since.elapsed()));
                attempt.await
            }
        };
        if let Some(fault) = fault {
            contact.lose_after_silence(since, &fault);
        }
        let is_heard = contact.was_heard_after(since);
        if is_heard {
            contact.end_search();
        }
        is_heard
    }
}
