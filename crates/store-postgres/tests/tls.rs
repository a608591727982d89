//! A server across a network that is not trusted.
#![allow(clippy::unwrap_used, reason = "a failing test is a panic")]

mod fixture;

use chinwag_chat::RoomKind;
use chinwag_store_postgres::{ConnectError, Options};
use chinwag_testkit::certificate::Certificate;
use chinwag_testkit::postgres::Postgres;

#[tokio::test]
async fn a_server_whose_certificate_is_trusted_is_spoken_to_in_secret_and_another_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let certificate = Certificate::make(directory.path()).unwrap();
    let server = Postgres::start().await.unwrap();
    server.offer_tls(&certificate).await.unwrap();
    let verified = format!("{}?sslmode=verify-full", server.url());

    let trusted = format!("{verified}&sslrootcert={}", certificate.authority.display());
    let world = fixture::world(&trusted, Options::default()).await;
    let ada = world.user("ada").await;
    world.room(RoomKind::Group, &ada, &[]).await;
    let plain = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                 WHERE application_name = 'chinwag' AND NOT ssl";
    let secret = "SELECT count(*) > 1 FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                  WHERE application_name = 'chinwag' AND ssl";
    assert_eq!((server.query(plain).unwrap().as_str(), server.query(secret).unwrap().as_str()), ("0", "t"));

    let refused = fixture::connect(&verified).await.unwrap_err();
    assert!(matches!(refused, ConnectError::Tls { .. }), "{refused:?}");
    assert!(refused.to_string().contains("sslrootcert"), "{refused}");
}
