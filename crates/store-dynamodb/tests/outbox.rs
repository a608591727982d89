//! The outbox in DynamoDB does what every outbox must do.
#![allow(clippy::unwrap_used, reason = "a failing test is a panic")]

mod fixture;

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use chinwag_chat::{Bus, Clock, Timestamp};
use chinwag_store_dynamodb::DynamoOutbox;
use chinwag_testkit::outbox_conformance::FreshOutbox;

chinwag_testkit::outbox_conformance!(if there is fresh_outbox, 120 letters);

struct WallClock;

impl Clock for WallClock {
    #[expect(clippy::disallowed_methods, reason = "this is where it is handed in")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Timestamp::from_unix_ms(since.as_millis().try_into().unwrap())
    }
}

async fn fresh_outbox(bus: Arc<dyn Bus>) -> Option<FreshOutbox> {
    let config = fixture::fresh_table().await?;
    let store = fixture::open(&config, bus).await;
    let outbox = Arc::new(DynamoOutbox::new(&store, Arc::new(WallClock)));
    Some(FreshOutbox { store: Arc::new(store), outbox, keep: Box::new(()) })
}
