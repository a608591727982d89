//! The embedded store does what every store must do.
#![allow(clippy::unwrap_used, reason = "a failing test is a panic")]

use std::sync::Arc;

use chinwag_chat::{Bus, Entropy};
use chinwag_store_sqlite::{Options, SqliteStore};
use chinwag_testkit::conformance::Fresh;

chinwag_testkit::store_conformance!(fresh_store);

struct NoEntropy;

impl Entropy for NoEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

async fn fresh_store(bus: Arc<dyn Bus>) -> Fresh {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("chinwag.db");
    let store = SqliteStore::open(&path, bus, &NoEntropy, Options::default()).unwrap();
    Fresh { store: Arc::new(store), keep: Box::new(directory) }
}
