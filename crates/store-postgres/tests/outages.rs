//! The server goes away in the middle of everything, and comes back or is replaced.
#![allow(clippy::unwrap_used, reason = "a failing test is a panic")]

mod fixture;

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::store::CommitError;
use chinwag_chat::{RoomKind, StoreError};
use chinwag_store_postgres::{ConnectError, Options};
use chinwag_testkit::fault_proxy::{FaultProxy, Way};
use chinwag_testkit::postgres::Postgres;
use parking_lot::Mutex;
use sqlx::{Connection as _, PgConnection};
use tokio::time::{Instant, sleep, timeout};

use fixture::burst::Burst;

/// Does something as soon as it can be done.
async fn until_done<T, E>(work: impl AsyncFn() -> Result<T, E>) -> T {
    let trying = async {
        loop {
            if let Ok(done) = work().await {
                return done;
            }
            // Asking without a pause would keep the processor from the server that is to come back.
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(60), trying).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_crash_of_the_server_once_and_in_order() {
    let mut server = Postgres::start().await.unwrap();
    let burst = Burst::over(&server.url()).await;
    burst
        .through(async {
            server.crash();
            server.resume().await.unwrap();
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_the_primary_where_a_standby_takes_its_place() {
    let mut primary = Postgres::start().await.unwrap();
    let standby = primary.standby().await.unwrap();
    let both = primary.url_with(&standby);
    let burst = Burst::over(&both).await;
    burst
        .through(async {
            primary.crash();
            standby.promote().await.unwrap();
        })
        .await;
    // Who names only the one that used to be the primary is not let down quietly.
    primary.resume_as_standby().await.unwrap();
    let refused = fixture::connect(&primary.url()).await.unwrap_err();
    assert!(matches!(refused, ConnectError::Standby { .. }), "{refused}");
    assert!(fixture::connect(&both).await.unwrap().is_available(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn a_server_that_stays_away_is_told_soon_and_used_again_when_it_is_back() {
    let mut server = Postgres::start().await.unwrap();
    let options = Options { outage_patience: Duration::from_millis(100), ..Options::default() };
    let world = fixture::world(&server.url(), options).await;
    let store = fixture::connect(&server.url()).await.unwrap();
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Group, &ada, &[]).await;
    assert!(store.is_available(Duration::from_secs(5)).await);
    server.crash();
    assert!(!store.is_available(Duration::from_secs(5)).await);
    world.post_as(room, &ada, "patient", "text").await.unwrap_err();
    let asked = Instant::now();
    world.post_as(room, &ada, "told", "text").await.unwrap_err();
    world.store.room(room, &ada.id).await.unwrap_err();
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    server.resume().await.unwrap();
    // Whoever looks for the server takes a moment to find it.
    let (_, is_new) = until_done(async || world.post_as(room, &ada, "again", "text").await).await;
    assert!(is_new);
    assert_eq!(world.view(room, &ada).await.head_seq.0, 1);
    assert!(store.is_available(Duration::from_secs(5)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_network_that_swallows_everything_callers_are_told_at_once_after_the_patience() {
    let server = Postgres::start().await.unwrap();
    let proxy = FaultProxy::start(server.address()).await.unwrap();
    let options = Options { outage_patience: Duration::from_secs(1), ..Options::default() };
    let world = fixture::world(&server.url_through(proxy.address()), options).await;
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Group, &ada, &[]).await;
    world.store.room(room, &ada.id).await.unwrap();

    proxy.black_hole(Way::Both);
    let began = Instant::now();
    let (posted, read) =
        tokio::join!(world.post_as(room, &ada, "first", "text"), world.store.room(room, &ada.id));
    assert!(matches!(read, Err(StoreError::Unavailable(_))), "{read:?}");
    // What was on its way may have arrived.
    assert!(matches!(posted, Err(CommitError::Store(StoreError::Unavailable(_) | StoreError::Unknown(_)))));
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());

    let (accepted, began) = (proxy.accepted(), Instant::now());
    for n in 0..100 {
        let posted = world.post_as(room, &ada, &format!("later-{n}"), "text").await.unwrap_err();
        assert!(matches!(posted, CommitError::Store(StoreError::Unavailable(_))), "{posted:?}");
        let read = world.store.room(room, &ada.id).await.unwrap_err();
        assert!(matches!(read, StoreError::Unavailable(_)), "{read:?}");
    }
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert!(proxy.accepted() <= accepted + 1, "more than one looks for the server");

    proxy.pass().await;
    until_done(async || world.post_as(room, &ada, "again", "text").await).await;
    until_done(async || world.store.room(room, &ada.id).await).await;
}

/// What is logged, to be read.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    fn lines_with(&self, words: &str) -> usize {
        String::from_utf8_lossy(&self.0.lock()).lines().filter(|line| line.contains(words)).count()
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn an_outage_is_logged_when_it_begins_and_when_it_is_over() {
    let paper = Paper::default();
    let writer = paper.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let mut server = Postgres::start().await.unwrap();
    let options = Options { outage_patience: Duration::from_millis(100), ..Options::default() };
    let world = fixture::world(&server.url(), options).await;
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Group, &ada, &[]).await;
    server.crash();
    for n in 0..50 {
        world.post_as(room, &ada, &format!("lost-{n}"), "text").await.unwrap_err();
        world.store.room(room, &ada.id).await.unwrap_err();
    }
    assert_eq!((paper.lines_with("ERROR"), paper.lines_with("the store fails")), (1, 1));
    server.resume().await.unwrap();
    let over = async || match world.store.room(room, &ada.id).await {
        Ok(_) if paper.lines_with("the store works again") == 1 => Ok(()),
        _ => Err(()),
    };
    until_done(over).await;
    assert_eq!(paper.lines_with("ERROR"), 1);
}

/// Others may be slow, or wait for a lock; the server is there.
#[tokio::test]
async fn a_statement_that_takes_longer_than_the_patience_is_no_outage() {
    let url = fixture::fresh_url().await;
    let options = Options { outage_patience: Duration::ZERO, ..Options::default() };
    let world = fixture::world(&url, options).await;
    let ada = world.user("ada").await;
    let mut gate = PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("BEGIN; LOCK TABLE users").execute(&mut gate).await.unwrap();
    let open = async {
        sqlx::raw_sql("SELECT pg_sleep(2.5); COMMIT").execute(&mut gate).await.unwrap();
    };
    let (user, ()) = tokio::join!(world.store.user(&ada.id), open);
    assert_eq!(user.unwrap(), Some(ada));
}
