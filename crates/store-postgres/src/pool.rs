//! Everything but commands: single statements, on whichever connection is free.
//!
//! Each statement sees one state of the database, so whatever must fit together is read by one.

use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::StoreError;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::query::Query;
use sqlx::{Connection as _, PgPool, Postgres};

use crate::Options;
use crate::fault::{Fault, Kind, in_time};
use crate::fields::Fields;

/// A statement and its parameters.
pub(crate) type Statement<'q> = Query<'q, Postgres, PgArguments>;

/// A bounded number of connections, made when they are first wanted.
pub(crate) struct Pool {
    connections: PgPool,
    place: Arc<str>,
    timeout: Duration,
}

impl Pool {
    pub(crate) fn new(connect: PgConnectOptions, place: Arc<str>, options: Options) -> Self {
        let connections = PgPoolOptions::new()
            .max_connections(options.max_connections.max(1))
            .acquire_timeout(options.acquire_timeout)
            // A look at a connection before each use is a round trip; one that is gone is noticed by its use.
            .test_before_acquire(false)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    // A standby is behind, and what it says would be taken for the truth.
                    let standby = sqlx::query_scalar::<_, bool>("SELECT pg_is_in_recovery()");
                    if standby.fetch_one(connection).await? {
                        return Err(sqlx::Error::Protocol("the server is a standby".to_owned()));
                    }
                    Ok(())
                })
            })
            .connect_lazy_with(connect);
        // The server gives up a statement by itself; this is for one that says nothing any more.
        Self { connections, place, timeout: options.statement_timeout * 2 }
    }

    /// The first row of a query, if there is one.
    pub(crate) async fn one<'q, T>(
        &self,
        query: impl Fn() -> Statement<'q>,
        read: impl Fn(Fields<'_>) -> Result<T, Fault>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.all(query, read).await?.into_iter().next())
    }

    /// All rows of a query.
    pub(crate) async fn all<'q, T>(
        &self,
        query: impl Fn() -> Statement<'q>,
        read: impl Fn(Fields<'_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = match self.rows(query).await {
            Ok(rows) => rows.iter().map(|row| read(Fields::of(row))).collect(),
            Err(fault) => Err(fault),
        };
        rows.map_err(|fault| self.not_read(&fault))
    }

    /// The rows that a writing statement returns. What became of it may be unknown.
    pub(crate) async fn write<'q, T>(
        &self,
        query: impl Fn() -> Statement<'q>,
        read: impl Fn(Fields<'_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = match self.written(query).await {
            Ok(rows) => rows.iter().map(|row| read(Fields::of(row))).collect(),
            Err(fault) => Err(fault),
        };
        rows.map_err(|fault| {
            let error = match fault.kind() {
                Kind::Lost => fault.in_doubt(&self.place),
                _ => fault.not_done(&self.place),
            };
            tracing::error!(%error, "the store could not write");
            error
        })
    }

    /// Reads, and reads again where the connection turns out to be one from before a restart of the server; all that are
    /// idle may be.
    async fn rows<'q>(&self, query: impl Fn() -> Statement<'q>) -> Result<Vec<PgRow>, Fault> {
        for _ in 0..self.connections.options().get_max_connections() {
            match self.run(query(), false).await {
                Err(fault) if may_read_again(&fault) => {}
                answer => return answer,
            }
        }
        self.run(query(), false).await
    }

    /// Writes once, on a connection that was alive a moment ago; after a conflict, nothing was written.
    async fn written<'q>(&self, query: impl Fn() -> Statement<'q>) -> Result<Vec<PgRow>, Fault> {
        match self.run(query(), true).await {
            Err(fault) if fault.kind() == Kind::Conflict => self.run(query(), true).await,
            answer => answer,
        }
    }

    async fn run(&self, query: Statement<'_>, look_first: bool) -> Result<Vec<PgRow>, Fault> {
        let mut connection = self.connections.acquire().await?;
        while look_first && in_time(self.timeout, async { Ok(connection.ping().await?) }).await.is_err() {
            drop(connection.detach());
            connection = self.connections.acquire().await?;
        }
        let answer = in_time(self.timeout, async { Ok(query.fetch_all(&mut *connection).await?) }).await;
        if answer.as_ref().is_err_and(|fault| fault.kind() == Kind::Lost) {
            drop(connection.detach());
        }
        answer
    }

    /// What it means that something could not be read. Logged here, once.
    pub(crate) fn not_read(&self, fault: &Fault) -> StoreError {
        let error = fault.not_done(&self.place);
        tracing::error!(%error, "the store could not read");
        error
    }

    /// Whether the server answers, and is the one that can be written.
    pub(crate) async fn is_primary(&self, within: Duration) -> bool {
        let asked = in_time(within, async {
            let rows = self.rows(|| sqlx::query("SELECT pg_is_in_recovery()")).await?;
            rows.first().map_or(Ok(true), |row| Fields::of(row).flag())
        });
        asked.await.is_ok_and(|standby| !standby)
    }
}

/// Whether it is only the connection that is gone. Whoever heard nothing has waited long enough.
fn may_read_again(fault: &Fault) -> bool {
    match fault.kind() {
        Kind::Lost => !matches!(fault, Fault::Silent(_)),
        Kind::Conflict => true,
        Kind::Busy | Kind::Wrong => false,
    }
}
