//! The outbox in memory does what every outbox must do.
#![allow(clippy::unwrap_used, reason = "a failing test is a panic")]

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use chinwag_chat::{Bus, Clock, Entropy, Timestamp};
use chinwag_store_memory::{MemoryOutbox, MemoryStore};
use chinwag_testkit::outbox_conformance::FreshOutbox;

chinwag_testkit::outbox_conformance!(fresh_outbox);

struct Outside;

impl Entropy for Outside {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

impl Clock for Outside {
    #[expect(clippy::disallowed_methods, reason = "this is where it is handed in")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Timestamp::from_unix_ms(since.as_millis().try_into().unwrap())
    }
}

async fn fresh_outbox(bus: Arc<dyn Bus>) -> FreshOutbox {
    let store = Arc::new(MemoryStore::new(bus, &Outside));
    let outbox = Arc::new(MemoryOutbox::new(&store, Arc::new(Outside)));
    FreshOutbox { store, outbox, keep: Box::new(()) }
}
