//! A repeat is answered by what was committed before; so its answer waits for whatever that commit had to wait for.
#![allow(clippy::unwrap_used, reason = "a failing test is a panic")]

mod fixture;

use std::sync::Arc;

use chinwag_chat::RoomKind;
use chinwag_store_postgres::Options;
use chinwag_testkit::postgres::Postgres;
use sqlx::{Connection as _, PgConnection};
use tokio::task::{JoinHandle, yield_now};

const WAITING: &str = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";

/// Waits until so many commits wait for a standby, or the one in question does not.
async fn until_waiting<T>(server: &Postgres, commit: &JoinHandle<T>, wanted: &str) {
    while !commit.is_finished() && server.query(WAITING).unwrap() != wanted {
        yield_now().await;
    }
}

/// A commit that waits for a standby that there is not.
async fn stuck(server: &Postgres) -> JoinHandle<()> {
    loop {
        let mut connection = PgConnection::connect(&server.url()).await.unwrap();
        let commit = tokio::spawn(async move {
            sqlx::raw_sql("CREATE TABLE stuck (); DROP TABLE stuck").execute(&mut connection).await.unwrap();
        });
        until_waiting(server, &commit, "1").await;
        // The server needs a moment to take in the setting.
        if !commit.is_finished() {
            return commit;
        }
    }
}

/// A primary lost its standby, committed what it could not answer, and crashed: after its restart everybody sees the
/// message. Were a repeat acknowledged now, a standby that takes over would not have it.
#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_is_not_acknowledged_before_the_standby_has_the_message() {
    let server = Postgres::start().await.unwrap();
    let world = Arc::new(fixture::world(&server.url(), Options::default()).await);
    let ada = world.user("ada").await;
    let room = world.room(RoomKind::Group, &ada, &[]).await;
    let (first, is_new) = world.post_as(room, &ada, "once", "text").await.unwrap();
    assert!(is_new);
    server.wait_for_a_standby(true).unwrap();
    let stuck = stuck(&server).await;

    let repeat = {
        let (world, ada) = (world.clone(), ada.clone());
        tokio::spawn(async move { world.post_as(room, &ada, "once", "text").await })
    };
    until_waiting(&server, &repeat, "2").await;
    assert!(!repeat.is_finished(), "it was acknowledged at once");
    server.wait_for_a_standby(false).unwrap();
    let (again, is_new) = repeat.await.unwrap().unwrap();
    assert!(!is_new && again.id == first.id);
    stuck.await.unwrap();
}
