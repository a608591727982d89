//! A node that lives can say so, whatever else its store is busy with.
#![allow(clippy::unwrap_used, reason = "a failing test is a panic")]

mod fixture;

use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::cluster::{Nodes as _, Standing};
use chinwag_chat::store::Users as _;
use chinwag_store_postgres::{Options, PostgresStore};
use chinwag_testkit::conformance::Announced;
use chinwag_testkit::fault_proxy::{FaultProxy, Way};
use chinwag_testkit::postgres::Postgres;
use fixture::report;
use sqlx::{Connection as _, PgConnection};
use tokio::task::{JoinSet, yield_now};
use tokio::time::timeout;

const LEASE: Duration = Duration::from_secs(6);
/// How long a node waits for an answer to its heartbeat.
const BEAT: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_node_keeps_its_lease_while_every_connection_of_the_pool_is_taken() {
    let url = fixture::fresh_url().await;
    let options = Options { max_connections: 2, ..Options::default() };
    let store =
        Arc::new(PostgresStore::connect(&url, Arc::new(Announced::default()), options).await.unwrap());
    let node = report(1);
    store.renew(&node, LEASE).await.unwrap();
    let mut gate = PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("BEGIN; LOCK TABLE users").execute(&mut gate).await.unwrap();
    let mut readers = JoinSet::new();
    for _ in 0..10 {
        let store = store.clone();
        readers.spawn(async move { store.user(&"ada".parse().unwrap()).await });
    }
    let waiting = "SELECT count(*) FROM pg_locks WHERE relation = 'users'::regclass AND NOT granted";
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut gate).await.unwrap() < 2 {
        yield_now().await;
    }

    for _ in 0..3 {
        let beat = timeout(BEAT, store.renew(&node, LEASE)).await;
        assert_eq!(beat.expect("an answer").unwrap(), Standing::Kept { wish: None });
        assert_eq!(timeout(BEAT, store.nodes()).await.expect("an answer").unwrap().len(), 1);
    }
    assert_eq!(readers.len(), 10, "the pool was not taken");
}

#[tokio::test]
async fn a_beat_without_an_answer_does_not_leave_its_connection_to_the_next() {
    let server = Postgres::start().await.unwrap();
    let proxy = FaultProxy::start(server.address()).await.unwrap();
    let store = fixture::connect(&server.url_through(proxy.address())).await.unwrap();
    store.renew(&report(1), LEASE).await.unwrap();
    let before = proxy.open();
    proxy.black_hole(Way::Both);
    timeout(Duration::from_millis(100), store.renew(&report(1), LEASE)).await.unwrap_err();
    proxy.pass().await;
    timeout(BEAT, async {
        while proxy.open() >= before {
            yield_now().await;
        }
    })
    .await
    .expect("the connection is closed");
    assert_eq!(store.renew(&report(1), LEASE).await.unwrap(), Standing::Kept { wish: None });
}
