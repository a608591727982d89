//! A connection of the pool in use.

use std::time::Duration;

use parking_lot::Mutex;
use sqlx::postgres::PgRow;
use sqlx::{Connection as _, PgConnection};

use crate::fault::{Fault, Kind, in_time};
use crate::pool::Statement;

/// A connection that goes back to the pool when this is dropped, unless it is lost by then. Whoever gives up waiting for
/// an answer leaves it to the next one to read past it; that costs less than another connection.
pub(crate) struct Lease<'pool> {
    connection: Option<PgConnection>,
    idle: &'pool Mutex<Vec<PgConnection>>,
}

impl<'pool> Lease<'pool> {
    pub(crate) fn new(connection: PgConnection, idle: &'pool Mutex<Vec<PgConnection>>) -> Self {
        Self { connection: Some(connection), idle }
    }

    /// Whether the connection is alive.
    pub(crate) async fn is_alive(&mut self, limit: Duration) -> bool {
        let asked = match &mut self.connection {
            Some(connection) => in_time(limit, async { Ok(connection.ping().await?) }).await,
            None => Err(Fault::Silent(limit)),
        };
        self.note(asked).is_ok()
    }

    /// The rows of a query.
    pub(crate) async fn rows(&mut self, query: Statement<'_>, limit: Duration) -> Result<Vec<PgRow>, Fault> {
        let rows = match &mut self.connection {
            Some(connection) => in_time(limit, async { Ok(query.fetch_all(connection).await?) }).await,
            None => Err(Fault::Silent(limit)),
        };
        self.note(rows)
    }

    /// Where one connection is lost, those that lie idle are of the same server and will be too.
    fn note<T>(&mut self, answer: Result<T, Fault>) -> Result<T, Fault> {
        if answer.as_ref().is_err_and(|fault| fault.kind() == Kind::Lost) {
            self.connection = None;
            self.idle.lock().clear();
        }
        answer
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.idle.lock().extend(self.connection.take());
    }
}
