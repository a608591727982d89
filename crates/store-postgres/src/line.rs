//! A writer's own connection, made anew when it is lost.

use std::time::Duration;

use sqlx::PgConnection;

use crate::fault::Fault;
use crate::servers::Servers;

/// A connection that is there or can be made.
pub(crate) struct Line {
    servers: Servers,
    idle: Option<PgConnection>,
}

impl Line {
    pub(crate) fn new(servers: &Servers) -> Self {
        Self { servers: servers.clone(), idle: None }
    }

    /// The connection. Whoever takes it gives it back only if it is as it was: nothing under way, nothing in doubt.
    pub(crate) async fn take(&mut self) -> Result<PgConnection, Fault> {
        match self.idle.take() {
            // Where no server is there, it leads nowhere.
            Some(connection) if self.servers.lost().is_none() => Ok(connection),
            _ => self.servers.connect_or(|| None).await,
        }
    }

    /// Waits for an answer on a connection, but not for ever.
    pub(crate) async fn ask<T>(
        &self,
        limit: Duration,
        work: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Fault> {
        self.servers.ask(limit, work).await
    }

    /// Keeps a connection for the next one who needs it.
    pub(crate) fn give_back(&mut self, connection: PgConnection) {
        self.idle = Some(connection);
    }
}
