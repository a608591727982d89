//! The server has no connection left.
#![allow(clippy::unwrap_used, reason = "a failing test is a panic")]

mod fixture;

use std::time::Duration;

use chinwag_chat::store::CommitError;
use chinwag_chat::{RoomKind, StoreError};
use chinwag_store_postgres::{ConnectError, Options};
use chinwag_testkit::postgres::Postgres;
use sqlx::{Connection as _, PgConnection};

/// Takes all connections that there are.
async fn crowd(server: &Postgres) -> Vec<PgConnection> {
    let mut crowd = Vec::new();
    while let Ok(connection) = PgConnection::connect(&server.url()).await {
        crowd.push(connection);
    }
    crowd
}

#[tokio::test]
async fn a_server_without_a_free_connection_is_told_from_one_that_is_away_and_used_when_there_is_one() {
    let server = Postgres::start_with(&["max_connections=10"]).await.unwrap();
    let options = Options { outage_patience: Duration::from_millis(300), ..Options::default() };
    let world = fixture::world(&server.url(), options).await;
    let ada = world.user("ada").await;
    let rooms = [world.room(RoomKind::Group, &ada, &[]).await, world.room(RoomKind::Group, &ada, &[]).await];
    // So that the stores' connections go, and must be made anew.
    server
        .query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        .unwrap();
    let crowd = crowd(&server).await;
    assert!(!crowd.is_empty());

    let refused = fixture::connect(&server.url()).await.unwrap_err();
    assert!(matches!(refused, ConnectError::NotReady { .. }), "{refused}");
    assert!(refused.to_string().contains("max_connections"), "{refused}");
    for room in rooms {
        let refused = world.post_as(room, &ada, "first", "text").await.unwrap_err();
        assert!(matches!(&refused, CommitError::Store(StoreError::Unavailable(_))), "{refused:?}");
        assert!(refused.to_string().contains("too many clients"), "{refused}");
    }
    let refused = world.store.user(&ada.id).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");

    drop(crowd);
    for room in rooms {
        // The server takes a moment to notice that its guests have gone, which is what patience is for.
        while world.post_as(room, &ada, "first", "text").await.is_err() {}
        assert_eq!(world.messages(room).await.len(), 1);
    }
}
