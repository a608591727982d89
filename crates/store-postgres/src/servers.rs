//! The servers that the address names, and which of them is the primary.

mod search;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use parking_lot::Mutex;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection};
use tokio::time::{Instant, sleep};

use crate::contact::Contact;
use crate::fault::{Fault, in_time};
use crate::fields::Fields;

/// How long to wait before the next attempt to connect.
const PAUSE: Duration = Duration::from_millis(100);

/// How much longer each server waits than the one before it, which may be the primary still.
const HEAD_START: Duration = Duration::from_millis(250);

/// Makes connections to whichever server is the primary.
#[derive(Clone)]
pub(crate) struct Servers {
    each: Vec<PgConnectOptions>,
    timeout: Duration,
    patience: Duration,
    seen: Arc<Seen>,
}

/// What is known of the servers, by all who connect to them.
struct Seen {
    /// The place of the last primary among them.
    primary: AtomicUsize,
    /// Since when there has been none.
    none_since: Mutex<Option<Instant>>,
    contact: Contact,
}

impl Servers {
    /// Each attempt takes at most `timeout`; an outage is waited out for as long as `patience`.
    pub(crate) fn new(each: Vec<PgConnectOptions>, timeout: Duration, patience: Duration) -> Self {
        let contact = Contact::new(patience);
        let seen = Seen { primary: AtomicUsize::new(0), none_since: Mutex::default(), contact };
        Self { each, timeout, patience, seen: Arc::new(seen) }
    }

    /// A connection to the primary, by one attempt at each server.
    ///
    /// A standby is neither read nor written: it is behind, and what it says would be taken for the truth.
    pub(crate) async fn connect(&self) -> Result<PgConnection, Fault> {
        let began = Instant::now();
        let first = self.seen.primary.load(Ordering::Relaxed);
        let count = self.each.len();
        let mut attempts: FuturesUnordered<_> = (0u32..)
            .zip(0..count)
            .map(|(wait, n)| self.attempt((first + n) % count, HEAD_START * wait))
            .collect();
        let mut fault = Fault::Standby;
        while let Some((n, attempt)) = attempts.next().await {
            match attempt {
                Ok(connection) => {
                    self.found(n);
                    return Ok(connection);
                }
                // What a primary says explains more than that others are away, or standbys.
                Err(other) if other.code().is_some() || matches!(fault, Fault::Standby) => fault = other,
                Err(_) => {}
            }
        }
        self.seen.none_since.lock().get_or_insert_with(Instant::now);
        if fault.code().is_some() {
            self.heard();
        } else {
            self.search(began);
        }
        Err(fault)
    }

    /// A connection to the primary, or the one that `other` has by then.
    ///
    /// A short outage is waited out: a server that restarts is back in a moment. Once it lasts longer, callers are told at
    /// once where no server says anything; one that is there but lets nobody in is asked once by each.
    pub(crate) async fn connect_or(
        &self,
        other: impl Fn() -> Option<PgConnection>,
    ) -> Result<PgConnection, Fault> {
        loop {
            if let Some(connection) = other() {
                return Ok(connection);
            }
            let attempt = tokio::select! {
                biased;
                attempt = self.connect() => attempt,
                fault = self.seen.contact.until_lost() => return Err(fault),
            };
            match attempt {
                Err(fault) if self.is_worth_waiting() => {
                    tracing::debug!(%fault, "the store cannot be reached: trying again");
                }
                done => return done,
            }
            sleep(PAUSE).await;
        }
    }

    async fn attempt(&self, n: usize, wait: Duration) -> (usize, Result<PgConnection, Fault>) {
        sleep(wait).await;
        let connecting = async {
            let server = self.each.get(n).ok_or(Fault::Standby)?;
            let mut connection = server.connect().await?;
            if is_standby(&mut connection).await? { Err(Fault::Standby) } else { Ok(connection) }
        };
        (n, in_time(self.timeout, connecting).await)
    }

    fn found(&self, n: usize) {
        if self.seen.primary.swap(n, Ordering::Relaxed) != n {
            let server =
                self.each.get(n).map(|server| format!("{}:{}", server.get_host(), server.get_port()));
            tracing::warn!(server, "another server is the primary now");
        }
        self.seen.none_since.lock().take();
        self.heard();
    }

    /// A server said something.
    pub(crate) fn heard(&self) {
        self.seen.contact.heard();
    }

    /// Why nobody needs to ask a server, where none is there.
    pub(crate) fn lost(&self) -> Option<Fault> {
        self.seen.contact.lost()
    }

    /// Waits until no server is there.
    pub(crate) async fn until_lost(&self) -> Fault {
        self.seen.contact.until_lost().await
    }

    fn is_worth_waiting(&self) -> bool {
        self.seen.none_since.lock().is_none_or(|since| since.elapsed() < self.patience)
    }
}

/// Whether a server only follows another one.
pub(crate) async fn is_standby(connection: &mut PgConnection) -> Result<bool, Fault> {
    let row = sqlx::query("SELECT pg_is_in_recovery()").fetch_one(connection).await?;
    Fields::of(&row).flag()
}
