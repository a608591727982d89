//! Connecting: many at once, and what is said where it cannot be.
#![allow(clippy::unwrap_used, reason = "a failing test is a panic")]

mod fixture;

use chinwag_chat::store::Log as _;
use chinwag_store_postgres::ConnectError;
use futures_util::future::join_all;

/// The sentence that an operator reads; it names the setting and never the password.
async fn refusal(url: &str) -> (ConnectError, String) {
    let error = fixture::connect(url).await.unwrap_err();
    let sentence = error.to_string();
    assert!(sentence.starts_with("--store names ") && !sentence.contains("not-a-secret"), "{sentence}");
    (error, sentence)
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_start_at_once_make_the_schema_once_and_agree_on_the_epoch() {
    let url = fixture::fresh_url().await;
    let started = join_all((0..8).map(|_| fixture::connect(&url))).await;
    let epochs: Vec<_> = started.into_iter().map(|store| store.unwrap().epoch()).collect();
    assert!(epochs.iter().all(|epoch| *epoch == epochs[0]), "{epochs:?}");
    // And one that comes later finds it done.
    assert_eq!(fixture::connect(&url).await.unwrap().epoch(), epochs[0]);
}

#[tokio::test]
async fn a_wrong_password_is_told_from_a_missing_database() {
    let server = fixture::shared().await;
    let (error, sentence) = refusal(&server.url_with_password("wrong")).await;
    assert!(matches!(error, ConnectError::Denied { .. }) && sentence.contains("password"), "{sentence}");
    let (error, sentence) = refusal(&server.url().replace("/postgres", "/nowhere")).await;
    assert!(matches!(error, ConnectError::NoDatabase { .. }) && sentence.contains("createdb"), "{sentence}");
}

#[tokio::test]
async fn a_host_where_nobody_answers_is_said_to_be_so() {
    for host in ["127.0.0.1:1", "no-such-host.invalid"] {
        let (error, _) = refusal(&format!("postgres://ada:not-a-secret@{host}/chat")).await;
        assert!(matches!(error, ConnectError::Unreachable { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_server_without_tls_is_refused_where_tls_is_wanted() {
    let url = format!("{}?sslmode=require", fixture::shared().await.url());
    let (error, sentence) = refusal(&url).await;
    assert!(matches!(error, ConnectError::Tls { .. }) && sentence.contains("sslmode"), "{sentence}");
}

#[tokio::test]
async fn a_database_of_somebody_else_or_of_a_newer_version_is_left_alone() {
    let server = fixture::shared().await;
    server.query("CREATE SCHEMA foreign_one CREATE TABLE users (id int)").unwrap();
    let (error, _) = refusal(&server.url_of_schema("foreign_one")).await;
    assert!(matches!(error, ConnectError::Foreign { .. }), "{error:?}");
    assert_eq!(server.query("SELECT to_regclass('foreign_one.meta') IS NULL").unwrap(), "t");

    server.query("CREATE SCHEMA newer").unwrap();
    drop(fixture::connect(&server.url_of_schema("newer")).await.unwrap());
    server.query("UPDATE newer.meta SET value = '999' WHERE key = 'schema'").unwrap();
    let (error, sentence) = refusal(&server.url_of_schema("newer")).await;
    assert!(matches!(error, ConnectError::Newer { .. }) && sentence.contains("999"), "{sentence}");
}

#[tokio::test]
async fn a_user_who_may_not_make_tables_is_told_what_to_ask_for() {
    let server = fixture::shared().await;
    server.query("CREATE USER weak PASSWORD 'not-a-secret'").unwrap();
    let (error, sentence) = refusal(&server.url().replace("chinwag:", "weak:")).await;
    assert!(matches!(error, ConnectError::NotAllowed { .. }) && sentence.contains("CREATE"), "{sentence}");
}
