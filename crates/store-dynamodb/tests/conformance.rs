//! The store in DynamoDB does what every store must do.

mod fixture;

use std::sync::Arc;

use chinwag_chat::Bus;
use chinwag_testkit::conformance::Fresh;

chinwag_testkit::store_conformance!(if there is fresh_store, 3 histories);

async fn fresh_store(bus: Arc<dyn Bus>) -> Option<Fresh> {
    let config = fixture::fresh_table().await?;
    let store = Arc::new(fixture::open(&config, bus).await);
    Some(Fresh { store, keep: Box::new(()) })
}
