//! A cluster's outbox does what every outbox must do.
#![allow(clippy::unwrap_used, reason = "a failing test is a panic")]

mod fixture;

use std::sync::Arc;

use chinwag_chat::Bus;
use chinwag_store_postgres::{Options, PostgresStore};
use chinwag_testkit::outbox_conformance::FreshOutbox;

chinwag_testkit::outbox_conformance!(fresh_outbox);

async fn fresh_outbox(bus: Arc<dyn Bus>) -> FreshOutbox {
    let url = fixture::fresh_url().await;
    let store = Arc::new(PostgresStore::connect(&url, bus, Options::default()).await.unwrap());
    FreshOutbox { store: store.clone(), outbox: store, keep: Box::new(()) }
}
