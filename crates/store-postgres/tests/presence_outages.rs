//! The server forgets which nodes there are, or was out of reach for longer than their leases. They come back one by one.
#![allow(clippy::unwrap_used, reason = "a failing test is a panic")]

mod fixture;

use std::time::Duration;

use chinwag_chat::cluster::{
    Connections as _, LiveConnection, NodeReport, Nodes as _, Recorded, RegistryChange, Standing,
};
use chinwag_chat::{Timestamp, UserId};
use chinwag_store_postgres::PostgresStore;
use chinwag_testkit::postgres::Postgres;
use fixture::report;
use tokio::task::yield_now;

/// Outlasts every case.
const LONG: Duration = Duration::from_secs(600);
/// Within that, a node that lives is back.
const LEASE: Duration = Duration::from_secs(3);

fn users(names: &[&str]) -> Vec<UserId> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

/// Says all that a node has: one connection of that user. For whom that is news.
async fn say_everything(store: &PostgresStore, node: &NodeReport, user: &str) -> Vec<UserId> {
    let connection = LiveConnection {
        id: format!("{user}'s"),
        user: user.parse().unwrap(),
        session: None,
        transport: "websocket".to_owned(),
        since: Timestamp::from_unix_ms(1_763_700_000_120),
        idle: false,
    };
    let all = RegistryChange { afresh: true, came: vec![connection], gone: vec![] };
    match store.record(node.incarnation, &all).await.unwrap() {
        Recorded::Taken { online, .. } => online,
        Recorded::NotThere => panic!("{} is not there", node.name),
    }
}

/// Renews a lease as soon as the server can be reached.
async fn renew(store: &PostgresStore, node: &NodeReport, lease: Duration) -> Standing {
    loop {
        if let Ok(standing) = store.renew(node, lease).await {
            return standing;
        }
        yield_now().await;
    }
}

#[tokio::test]
async fn nobody_is_said_to_be_offline_while_their_node_comes_back_after_a_crash_of_the_server() {
    let mut server = Postgres::start().await.unwrap();
    let store = fixture::connect(&server.url()).await.unwrap();
    let (north, south, east) = (report(1), report(2), report(3));
    for (node, user) in [(&north, "ada"), (&south, "bob"), (&east, "eve")] {
        renew(&store, node, LONG).await;
        assert_eq!(say_everything(&store, node, user).await, users(&[user]));
    }
    server.query("CHECKPOINT").unwrap();
    server.crash();
    server.resume().await.unwrap();

    assert_eq!(renew(&store, &north, LEASE).await, Standing::Joined, "the server has forgotten nothing");
    assert_eq!(store.settle(Duration::ZERO).await.unwrap(), []);
    renew(&store, &north, LONG).await;
    assert_eq!(say_everything(&store, &north, "ada").await, []);
    assert_eq!(store.settle(Duration::ZERO).await.unwrap(), []);
    assert_eq!(renew(&store, &south, LONG).await, Standing::Joined);
    assert_eq!(say_everything(&store, &south, "bob").await, []);

    // The third died with the server.
    let news = loop {
        let news = store.settle(Duration::ZERO).await.unwrap();
        if !news.is_empty() {
            break news;
        }
    };
    assert_eq!(news, users(&["eve"]));
    assert_eq!(store.online(&users(&["ada", "bob", "eve"])).await.unwrap().len(), 2);
}

#[tokio::test]
async fn nobody_is_said_to_be_offline_where_all_leases_ran_out_at_once() {
    let store = fixture::connect(&fixture::fresh_url().await).await.unwrap();
    let (north, south) = (report(1), report(2));
    for (node, user) in [(&north, "ada"), (&south, "bob")] {
        renew(&store, node, LEASE).await;
        say_everything(&store, node, user).await;
    }
    while store.nodes().await.unwrap().iter().any(chinwag_chat::cluster::NodeStatus::is_live) {}

    assert_eq!(store.settle(Duration::ZERO).await.unwrap(), [], "whoever asks is given up as well");
    assert_eq!(renew(&store, &north, LONG).await, Standing::Kept { wish: None });
    assert_eq!(store.settle(Duration::ZERO).await.unwrap(), []);
    assert_eq!(renew(&store, &south, LONG).await, Standing::Joined);
    assert_eq!(say_everything(&store, &south, "bob").await, []);
    assert_eq!(store.online(&users(&["ada", "bob"])).await.unwrap().len(), 2);
}
