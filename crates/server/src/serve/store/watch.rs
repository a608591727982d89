//! Watches a store that is somewhere else, so that who asks for its health need not wait for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chinwag_store_postgres::PostgresStore;

use crate::shutdown::health::StoreHealth;

/// How often the store is asked, and how long it may take to answer.
const INTERVAL: Duration = Duration::from_secs(1);

/// What was seen last.
pub(super) struct Watch {
    store: Arc<PostgresStore>,
    well: AtomicBool,
}

impl Watch {
    /// A watch on a store that has just been connected to.
    pub(super) fn new(store: Arc<PostgresStore>) -> Self {
        Self { store, well: AtomicBool::new(true) }
    }

    /// Asks the store for as long as this is polled.
    pub(super) async fn look_again_and_again(self: Arc<Self>) {
        loop {
            let well = self.store.is_available(INTERVAL).await;
            if self.well.swap(well, Ordering::Relaxed) != well {
                if well {
                    tracing::info!(store = self.store.place(), "the store answers again");
                } else {
                    tracing::warn!(
                        store = self.store.place(),
                        "the store does not answer: this node is not ready"
                    );
                }
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }
}

#[async_trait]
impl StoreHealth for Watch {
    async fn is_healthy(&self) -> bool {
        self.well.load(Ordering::Relaxed)
    }
}
