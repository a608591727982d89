//! The embedded store's outbox does what every outbox must do.
#![allow(clippy::unwrap_used, reason = "a failing test is a panic")]

mod fixture;

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use chinwag_chat::outbox::{Outbox, WorkKind};
use chinwag_chat::{Bus, Clock, Timestamp};
use chinwag_store_sqlite::{Options, SqliteOutbox, SqliteStore};
use chinwag_testkit::outbox_conformance::{Desk, FreshOutbox};
use fixture::{CountingEntropy, Place};

chinwag_testkit::outbox_conformance!(fresh_outbox);

/// The time of this machine.
struct MachineClock;

impl Clock for MachineClock {
    #[expect(clippy::disallowed_methods, reason = "this is where it is handed in")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Timestamp::from_unix_ms(since.as_millis().try_into().unwrap())
    }
}

async fn fresh_outbox(bus: Arc<dyn Bus>) -> FreshOutbox {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("chinwag.db");
    let store = SqliteStore::open(&path, bus, &CountingEntropy::default(), Options::default()).unwrap();
    let store = Arc::new(store);
    let outbox = Arc::new(SqliteOutbox::new(store.clone(), Arc::new(MachineClock)));
    FreshOutbox { store, outbox, keep: Box::new(directory) }
}

#[tokio::test]
async fn what_a_process_had_leased_when_it_died_may_begin_anew_at_once() {
    let place = Place::new();
    let desk = Desk::over(async |bus| {
        let store =
            SqliteStore::open(&place.database(), bus, &CountingEntropy::default(), Options::default());
        let store = Arc::new(store.unwrap());
        let outbox = Arc::new(SqliteOutbox::new(store.clone(), Arc::new(MachineClock)));
        FreshOutbox { store, outbox, keep: Box::new(()) }
    });
    let desk = desk.await;
    let room = desk.room().await;
    let owed = desk.owe(room).await;
    let lost = desk.take().await;
    drop(desk);

    let store = place.open_with(Options::default()).unwrap();
    let outbox = SqliteOutbox::new(Arc::new(store), Arc::new(MachineClock));
    let again = outbox.lease(&[WorkKind::WEBHOOK], 1, Duration::from_secs(60)).await.unwrap();
    assert_eq!(again.iter().map(|leased| leased.job.id).collect::<Vec<_>>(), [lost.job.id]);
    assert!(again[0].job.payload.contains(&owed.to_string()));
}
