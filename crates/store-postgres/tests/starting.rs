//! Connecting: many at once, and what is said where it cannot be.
#![allow(clippy::unwrap_used, reason = "a failing test is a panic")]

mod fixture;

use chinwag_chat::search::SearchQuery;
use chinwag_chat::store::{Log as _, MessageSearch, Search as _, Users as _};
use chinwag_chat::{NewUser, RoomId, Timestamp, User};
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

#[tokio::test]
async fn what_was_said_before_there_was_an_index_is_found() {
    let server = fixture::shared().await;
    server.query("CREATE SCHEMA unsearched").unwrap();
    let url = server.url_of_schema("unsearched");
    let store = fixture::connect(&url).await.unwrap();
    let ada = User::new("ada".parse().unwrap(), "ada".parse().unwrap(), "Ada".parse().unwrap());
    let created_at = Timestamp::from_unix_ms(1);
    store.create_user(NewUser { user: ada.clone(), password: None, created_at }).await.unwrap();
    drop(store);
    let room = RoomId::from_parts(1, 1);
    let id: String = room.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    server
        .query(&format!(
            "INSERT INTO unsearched.rooms (id, kind, name, created_at, active_at) VALUES ('\\x{id}', 'group', 'x', 1, 1);
             INSERT INTO unsearched.members (room, user_id, role, joined_at, read_seq) VALUES ('\\x{id}', 'ada', 'owner', 1, 0);
             INSERT INTO unsearched.messages (room, seq, rev, id, sender, client_id, created_at, text)
             VALUES ('\\x{id}', 1, 3, '\\x{id}', 'ada', 'c', 1, 'a harbour')"
        ))
        .unwrap();
    let store = fixture::connect(&url).await.unwrap();
    let query = SearchQuery::new("harbour").unwrap();
    let search = MessageSearch { query, limit: 10, ..MessageSearch::default() };
    assert_eq!(store.search(&ada.id, &search).await.unwrap().messages.len(), 1);
    assert_eq!(server.query("SELECT count(*) FROM unsearched.messages WHERE words IS NULL").unwrap(), "0");
}
