//! The store in memory does what every store must do.

use std::sync::Arc;

use chinwag_chat::{Bus, Entropy};
use chinwag_store_memory::MemoryStore;
use chinwag_testkit::conformance::Fresh;

chinwag_testkit::store_conformance!(fresh_store);

struct NoEntropy;

impl Entropy for NoEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

async fn fresh_store(bus: Arc<dyn Bus>) -> Fresh {
    Fresh { store: Arc::new(MemoryStore::new(bus, &NoEntropy)), keep: Box::new(()) }
}
