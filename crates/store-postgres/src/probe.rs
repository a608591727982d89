//! Whether the primary is there, asked on a connection that nobody else uses: one that waits for a busy pool would take
//! a store under load for a store that is away.

use std::time::Duration;

use parking_lot::Mutex;
use sqlx::PgConnection;

use crate::fault::{Fault, in_time};
use crate::servers::{Servers, is_standby};

/// A connection to ask on.
pub(crate) struct Probe {
    servers: Servers,
    idle: Mutex<Option<PgConnection>>,
}

impl Probe {
    pub(crate) fn new(servers: Servers) -> Self {
        Self { servers, idle: Mutex::default() }
    }

    /// Whether the primary answers within that time.
    pub(crate) async fn sees_primary(&self, within: Duration) -> bool {
        in_time(within, self.ask()).await.is_ok()
    }

    async fn ask(&self) -> Result<(), Fault> {
        let idle = self.idle.lock().take();
        if let Some(mut connection) = idle
            && let Ok(false) = is_standby(&mut connection).await
        {
            self.idle.lock().replace(connection);
            self.servers.heard();
            return Ok(());
        }
        // It may only be the connection that is gone.
        let connection = self.servers.connect().await?;
        self.idle.lock().replace(connection);
        Ok(())
    }
}
