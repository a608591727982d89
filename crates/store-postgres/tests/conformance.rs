//! The store of a cluster does what every store must do.
#![allow(clippy::unwrap_used, reason = "a failing test is a panic")]

mod fixture;

use std::sync::Arc;

use chinwag_chat::Bus;
use chinwag_store_postgres::{Options, PostgresStore};
use chinwag_testkit::conformance::Fresh;

chinwag_testkit::store_conformance!(fresh_store);

async fn fresh_store(bus: Arc<dyn Bus>) -> Fresh {
    let url = fixture::fresh_url().await;
    let store = PostgresStore::connect(&url, bus, Options::default()).await.unwrap();
    Fresh { store: Arc::new(store), keep: Box::new(()) }
}
