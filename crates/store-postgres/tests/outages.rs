//! The server goes away in the middle of everything, and comes back or is replaced.
#![allow(clippy::unwrap_used, reason = "a failing test is a panic")]

mod fixture;

use std::time::Duration;

use chinwag_chat::RoomKind;
use chinwag_store_postgres::{ConnectError, Options};
use chinwag_testkit::postgres::Postgres;
use tokio::time::Instant;

use fixture::burst::Burst;

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
    assert!(world.post_as(room, &ada, "again", "text").await.unwrap().1);
    assert_eq!(world.view(room, &ada).await.head_seq.0, 1);
    assert!(store.is_available(Duration::from_secs(5)).await);
}
