//! A writer's own connection, made anew when it is lost.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection};
use tokio::time::{Instant, sleep};

use crate::fault::{Fault, in_time};

/// How long to wait before the next attempt to connect.
const PAUSE: Duration = Duration::from_millis(100);

/// A connection that is there or can be made.
pub(crate) struct Line {
    options: PgConnectOptions,
    connect_timeout: Duration,
    /// How long into an outage to wait for its end.
    patience: Duration,
    idle: Option<PgConnection>,
    down_since: Option<Instant>,
}

impl Line {
    pub(crate) fn new(options: PgConnectOptions, connect_timeout: Duration, patience: Duration) -> Self {
        Self { options, connect_timeout, patience, idle: None, down_since: None }
    }

    /// The connection. Whoever takes it gives it back only if it is as it was: nothing under way, nothing in doubt.
    ///
    /// A short outage is waited out: a server that restarts is back in a moment. Once it lasts longer, every call is
    /// one attempt, so that callers are told soon.
    pub(crate) async fn take(&mut self) -> Result<PgConnection, Fault> {
        if let Some(connection) = self.idle.take() {
            return Ok(connection);
        }
        loop {
            let connecting = async { Ok(self.options.connect().await?) };
            match in_time(self.connect_timeout, connecting).await {
                Ok(connection) => {
                    if let Some(since) = self.down_since.take() {
                        tracing::info!(after = ?since.elapsed(), "the store can be written again");
                    }
                    return Ok(connection);
                }
                Err(fault) => {
                    let since = *self.down_since.get_or_insert_with(Instant::now);
                    if since.elapsed() >= self.patience {
                        return Err(fault);
                    }
                    tracing::debug!(%fault, "the store cannot be reached: trying again");
                }
            }
            sleep(PAUSE).await;
        }
    }

    /// Keeps a connection for the next one who needs it.
    pub(crate) fn give_back(&mut self, connection: PgConnection) {
        self.idle = Some(connection);
    }
}
