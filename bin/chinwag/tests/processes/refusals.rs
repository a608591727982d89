//! What an operator reads when a node cannot start: one sentence, which names the setting, and no password.

use chinwag_testkit::fault_proxy::{FaultProxy, Way};
use chinwag_testkit::nats::{Access, Nats};
use chinwag_testkit::postgres::Postgres;
use chinwag_testkit::redis::Redis;

use crate::chinwag::Chinwag;

/// Where nobody listens.
const NOBODY: &str = "127.0.0.1:1";

/// Starts a node with these flags. It ends by itself with exit code 1, and its one complaint has all of these words.
async fn refused(flags: &[&str], words: &[&str]) {
    let mut node = Chinwag::serve(flags);
    let status = node.ended().await;
    let said = node.said();
    assert_eq!(status.code(), Some(1), "{flags:?}: {said}");
    let complaints: Vec<&str> =
        said.lines().filter(|line| line.starts_with("chinwag: ") || !is_logged(line)).collect();
    let [sentence] = complaints[..] else { panic!("{flags:?}: not one sentence, but\n{said}") };
    for word in words {
        assert!(sentence.contains(word), "{flags:?}: no {word:?} in\n{sentence}");
    }
    assert!(!said.contains("not-a-secret") && !said.contains("wrong-one"), "{said}");
}

/// Whether the line tells of something else than why the node cannot start.
fn is_logged(line: &str) -> bool {
    [" INFO ", " WARN "].iter().any(|level| line.contains(level))
}

#[tokio::test]
async fn a_store_that_cannot_be_used() {
    let postgres = Postgres::start().await.unwrap();
    let hole = FaultProxy::start(postgres.address()).await.unwrap();
    hole.black_hole(Way::Both);
    let at = |place: &str| format!("postgres://chinwag:not-a-secret@{place}/postgres");
    let place = postgres.address().to_string();

    refused(&["--store", &at(NOBODY)], &["--store names ", NOBODY, "no PostgreSQL server answers"]).await;
    let silent = ["--store", &postgres.url_through(hole.address()), "--postgres-connect-timeout", "1s"];
    refused(&silent, &["--store names ", "no PostgreSQL server answers"]).await;
    let wrong = postgres.url_with_password("wrong-one");
    refused(&["--store", &wrong], &["--store names ", &place, "password", "in the setting"]).await;
    // The bus is opened first, but it is the store's address that is wrong.
    refused(&["--store", &wrong, "--bus", "postgres"], &["--store names ", "password"]).await;
    let nowhere = postgres.url().replace("/postgres", "/nowhere");
    refused(&["--store", &nowhere], &["--store names ", "nowhere", "createdb"]).await;
    let unreachable = ["--store", &at(NOBODY), "--bus", "postgres"];
    refused(&unreachable, &["--store names ", NOBODY, "no PostgreSQL server answers"]).await;
    let tls = format!("{}?sslmode=require", postgres.url());
    refused(&["--store", &tls], &["--store names ", "secure connection", "sslmode"]).await;

    drop(started(&["--store", &postgres.url()]).await);
    postgres.query("UPDATE meta SET value = '999' WHERE key = 'schema'").unwrap();
    refused(&["--store", &postgres.url()], &["--store names ", &place, "newer version", "schema 999"]).await;
}

#[tokio::test]
async fn a_bus_that_cannot_be_used() {
    let postgres = Postgres::start().await.unwrap();
    let redis = Redis::start_with_password().await.unwrap();
    let nats = Nats::start(Access::Password).await.unwrap();
    let store = postgres.url();
    let (in_redis, in_nats) = (redis.address().to_string(), nats.address().to_string());

    for (bus, words) in [
        (format!("redis://{NOBODY}"), &["no Redis", NOBODY][..]),
        (format!("nats://{NOBODY}"), &["no NATS", NOBODY]),
        (format!("postgres://chinwag:not-a-secret@{NOBODY}/postgres"), &["no PostgreSQL", NOBODY]),
        (format!("redis://:wrong-one@{in_redis}"), &["refuses the user", "password", &in_redis]),
        (format!("redis://{in_redis}"), &["refuses the user", "password", &in_redis]),
        (format!("nats://chinwag:wrong-one@{in_nats}"), &["refuses the user", "password", &in_nats]),
        (format!("nats://{in_nats}"), &["refuses the user", "password", &in_nats]),
        (postgres.url_with_password("wrong-one"), &["refuses the user", "password"]),
        // Somebody answers, but not in the words that are expected.
        (format!("redis://{in_nats}"), &[&in_nats]),
        (format!("nats://{in_redis}"), &[&in_redis]),
    ] {
        let words: Vec<&str> = ["--bus names "].into_iter().chain(words.iter().copied()).collect();
        refused(&["--store", &store, "--bus", &bus], &words).await;
    }
}

#[tokio::test]
async fn a_name_that_is_taken_and_a_node_of_another_version() {
    let postgres = Postgres::start().await.unwrap();
    let north = ["--store", &postgres.url(), "--bus", "postgres", "--node-name", "north"];
    let first = started(&north).await;
    refused(&north, &["\"north\"", "`node_name`"]).await;
    drop(first);

    // As a node of a version that is still to come would have it.
    let report = "'name', 'south', 'incarnation', 7, 'address', '10.0.0.2:8000', 'version', '99.0.0', 'wire', 999, \
                  'roles', 'all', 'phase', 'running', 'connections', 0, 'max_connections', 1, 'heard_wish', 0";
    let insert = format!(
        "INSERT INTO nodes (incarnation, name, report, heard_at, lease_until)
         VALUES (7, 'south', json_build_object({report})::text, now(), now() + interval '1 hour')"
    );
    postgres.query(&insert).unwrap();
    let east = ["--store", &postgres.url(), "--bus", "postgres", "--node-name", "east"];
    refused(&east, &["`store`", "\"south\" at 10.0.0.2:8000", "99.0.0", "wire version 999"]).await;
}

async fn started(flags: &[&str]) -> Chinwag {
    let mut node = Chinwag::serve(flags);
    node.until_ready().await;
    node
}
