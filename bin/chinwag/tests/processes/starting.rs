//! From the start of a real process to its first word, and how it ends where it does not come so far.

use chinwag_testkit::fault_proxy::{FaultProxy, Way};
use chinwag_testkit::postgres::Postgres;
use chinwag_testkit::redis::Redis;
use tokio::time::{Duration, Instant};

use crate::chinwag::{Chinwag, eventually, figure};

/// Nothing that a start waits for is as short as this.
const AT_ONCE: Duration = Duration::from_secs(3);

/// Tells it to stop; it does at once, as after any other stop, and says what it was about.
async fn stops_at_once(node: &mut Chinwag, words: &str) {
    let asked = Instant::now();
    node.signal("TERM");
    let status = node.ended().await;
    assert!(status.success(), "{status}: {}", node.said());
    assert!(asked.elapsed() < AT_ONCE, "after {:?}", asked.elapsed());
    assert!(node.said().contains(words), "{}", node.said());
}

#[tokio::test]
async fn a_node_that_waits_for_a_silent_store_stops_at_once_when_told_to() {
    let postgres = Postgres::start().await.unwrap();
    let hole = FaultProxy::start(postgres.address()).await.unwrap();
    hole.black_hole(Way::Both);
    let store = postgres.url_through(hole.address());
    let mut node = Chinwag::serve(&["--store", &store, "--postgres-connect-timeout", "60s"]);
    eventually("the node to knock at its store", || hole.open() > 0).await;
    stops_at_once(&mut node, "while the bus and the store were being opened").await;
}

#[tokio::test]
async fn a_node_that_waits_for_a_silent_bus_stops_at_once_when_told_to() {
    let (postgres, redis) = (Postgres::start().await.unwrap(), Redis::start().await.unwrap());
    let (store_hole, bus_hole) = (
        FaultProxy::start(postgres.address()).await.unwrap(),
        FaultProxy::start(redis.address()).await.unwrap(),
    );
    store_hole.black_hole(Way::Both);
    bus_hole.black_hole(Way::Both);
    let (store, bus) = (postgres.url_through(store_hole.address()), redis.url_at(bus_hole.address()));
    let mut node = Chinwag::serve(&["--store", &store, "--bus", &bus]);
    eventually("the node to knock at its bus", || bus_hole.open() > 0).await;
    stops_at_once(&mut node, "while the bus and the store were being opened").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_waits_for_anothers_migrations_stops_at_once_when_told_to() {
    let postgres = std::sync::Arc::new(Postgres::start().await.unwrap());
    let lock = i32::from_be_bytes(*b"Chwg");
    // Somebody else brings the schema up to date, and takes their time.
    let migrating = format!("SELECT pg_advisory_lock({lock}, hashtext('public')), pg_sleep(600)");
    let other = postgres.clone();
    let migrating = tokio::task::spawn_blocking(move || other.query(&migrating));
    let count = |sql: &str| postgres.query(sql).unwrap() == "1";
    let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted";
    eventually("the lock to be held", || count(held)).await;
    let mut node = Chinwag::serve(&["--store", &postgres.url()]);
    let waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    eventually("the node to wait for the lock", || count(waiting)).await;
    stops_at_once(&mut node, "while the bus and the store were being opened").await;
    postgres.query("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'").unwrap();
    assert!(migrating.await.unwrap().is_err());
}

#[tokio::test]
async fn a_node_that_waits_for_its_name_stops_at_once_when_told_to() {
    let postgres = Postgres::start().await.unwrap();
    let flags = ["--store", &postgres.url(), "--node-name", "north", "--cluster-lease", "60s"];
    let mut first = Chinwag::serve(&flags);
    first.until_ready().await;
    first.signal("KILL");
    first.ended().await;
    let mut second = Chinwag::serve(&flags);
    second.until_it_says("waiting for the lease").await;
    stops_at_once(&mut second, "before the other nodes knew of this one").await;
}

#[tokio::test]
async fn a_node_whose_admin_socket_is_taken_is_never_seen_by_the_others() {
    let postgres = Postgres::start().await.unwrap();
    let store = postgres.url();
    let mut first = Chinwag::serve(&["--store", &store, "--node-name", "north"]);
    first.until_ready().await;
    let socket = first.directory().join("data/admin.sock").display().to_string();
    let mut second = Chinwag::serve(&["--store", &store, "--node-name", "south", "--admin-socket", &socket]);
    assert_eq!(second.ended().await.code(), Some(1));
    assert!(second.said().contains(&format!("admin socket: {socket}")), "{}", second.said());
    // One that had come and gone without a word would be there until its lease ends.
    assert_eq!(postgres.query("SELECT string_agg(name, ',') FROM nodes").unwrap(), "north");
    assert!(!first.said().contains("south"), "{}", first.said());
}

#[tokio::test]
async fn nodes_that_share_a_store_and_no_bus_are_told_so() {
    let postgres = Postgres::start().await.unwrap();
    let store = postgres.url();
    let serve = |name| Chinwag::serve(&["--store", &store, "--cluster-lease", "1s", "--node-name", name]);
    let mut first = serve("north");
    let at_first = first.until_ready().await;
    let mut second = serve("south");
    let at_second = second.until_ready().await;
    let warning = "this node's `bus` is local and does not reach it";
    first.until_it_says(warning).await;
    second.until_it_says(warning).await;
    for (said, other) in [(first.said(), "south"), (second.said(), "north")] {
        let line = said.lines().find(|line| line.contains(warning)).unwrap();
        assert!(line.contains("WARN") && line.contains(&format!("node={other}")), "{line}");
        assert!(line.contains("the same `bus`, such as postgres"), "{line}");
        assert_eq!(said.matches(warning).count(), 1, "{said}");
    }
    for node in [at_first, at_second] {
        let started = Instant::now();
        while figure(node, "chinwag_nodes_out_of_reach").await.as_deref() != Some("1") {
            assert!(started.elapsed() < Duration::from_secs(10), "the figure does not tell");
        }
    }
}
