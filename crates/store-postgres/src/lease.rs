//! A connection of the pool in use.

use std::time::Duration;

use parking_lot::Mutex;
use sqlx::postgres::PgRow;
use sqlx::{Connection as _, PgConnection};

use crate::fault::{Fault, Kind};
use crate::pool::Statement;
use crate::servers::Servers;

/// What becomes of a connection when nobody waits for its answer any more.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Abandoned {
    /// The next one reads past the answer, which costs less than another connection.
    Kept,
    /// It is closed: who asked did not go by chance, but because there was no answer.
    Closed,
}

/// A connection that goes back to the pool when this is dropped, unless it is of no use by then.
pub(crate) struct Lease<'pool> {
    connection: Option<PgConnection>,
    is_waiting: bool,
    servers: &'pool Servers,
    idle: &'pool Mutex<Vec<PgConnection>>,
    abandoned: Abandoned,
}

impl<'pool> Lease<'pool> {
    pub(crate) fn new(
        connection: PgConnection,
        servers: &'pool Servers,
        idle: &'pool Mutex<Vec<PgConnection>>,
        abandoned: Abandoned,
    ) -> Self {
        Self { connection: Some(connection), is_waiting: false, servers, idle, abandoned }
    }

    /// Whether the connection is alive.
    pub(crate) async fn is_alive(&mut self, limit: Duration) -> bool {
        self.ask(limit, async |connection| Ok(connection.ping().await?)).await.is_ok()
    }

    /// The rows of a query.
    pub(crate) async fn rows(&mut self, query: Statement<'_>, limit: Duration) -> Result<Vec<PgRow>, Fault> {
        self.ask(limit, async |connection| Ok(query.fetch_all(connection).await?)).await
    }

    /// Where one connection is lost, those that lie idle are of the same server and will be too.
    async fn ask<T>(
        &mut self,
        limit: Duration,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let Some(connection) = &mut self.connection else { return Err(Fault::Silent(limit)) };
        self.is_waiting = true;
        let answer = self.servers.ask(limit, work(connection)).await;
        self.is_waiting = false;
        if answer.as_ref().is_err_and(|fault| fault.kind() == Kind::Lost) {
            self.connection = None;
            self.idle.lock().clear();
        }
        answer
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if !(self.is_waiting && self.abandoned == Abandoned::Closed) {
            self.idle.lock().extend(self.connection.take());
        }
    }
}
