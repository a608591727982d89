//! Everything but commands: single statements, on whichever connection is free.
//!
//! Each statement sees one state of the database, so whatever must fit together is read by one.

use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::StoreError;
use parking_lot::Mutex;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{PgConnection, Postgres};
use tokio::sync::Semaphore;

use crate::Options;
use crate::fault::{Fault, Kind};
use crate::fields::Fields;
use crate::lease::{Abandoned, Lease};
use crate::outage::Outage;
use crate::servers::Servers;

/// How often a read is tried.
const ATTEMPTS: usize = 3;

/// A statement and its parameters.
pub(crate) type Statement<'q> = Query<'q, Postgres, PgArguments>;

/// A bounded number of connections, made when they are first wanted.
pub(crate) struct Pool {
    servers: Servers,
    places: Semaphore,
    idle: Mutex<Vec<PgConnection>>,
    abandoned: Abandoned,
    place: Arc<str>,
    outage: Arc<Outage>,
    acquire_timeout: Duration,
    timeout: Duration,
}

impl Pool {
    pub(crate) fn new(servers: Servers, place: Arc<str>, outage: Arc<Outage>, options: Options) -> Self {
        Self {
            servers,
            places: Semaphore::new(options.max_connections.max(1)),
            idle: Mutex::default(),
            abandoned: Abandoned::Kept,
            place,
            outage,
            acquire_timeout: options.acquire_timeout,
            // The server gives up a statement by itself; this is for one that says nothing any more.
            timeout: options.statement_timeout * 2,
        }
    }

    /// One connection for what is asked every few seconds and given up soon. A beat that got no answer must not leave its
    /// connection to the next one, which might be no luckier.
    pub(crate) fn for_beats(
        servers: Servers,
        place: Arc<str>,
        outage: Arc<Outage>,
        options: Options,
    ) -> Self {
        let one = Options { max_connections: 1, ..options };
        Self { abandoned: Abandoned::Closed, ..Self::new(servers, place, outage, one) }
    }

    /// How long the answer to a read may take at most, the wait for a connection included.
    pub(crate) fn patience(&self) -> Duration {
        self.acquire_timeout + self.timeout
    }

    #[cfg(test)]
    pub(crate) fn servers(&self) -> &Servers {
        &self.servers
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
        rows.map_err(|fault| self.not_written(&fault))
    }

    /// Reads, and reads again where the connection turns out to be one from before a restart of the server.
    async fn rows<'q>(&self, query: impl Fn() -> Statement<'q>) -> Result<Vec<PgRow>, Fault> {
        for _ in 1..ATTEMPTS {
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
        let waiting = tokio::time::timeout(self.acquire_timeout, self.places.acquire());
        let place = tokio::select! {
            place = waiting => place,
            fault = self.servers.until_lost() => return Err(fault),
        };
        let Ok(Ok(_place)) = place else { return Err(Fault::Full(self.acquire_timeout)) };
        let mut lease = self.lease().await?;
        if look_first && !lease.is_alive(self.timeout).await {
            lease = self.lease().await?;
        }
        let rows = lease.rows(query, self.timeout).await;
        if rows.is_ok() {
            self.outage.worked();
        }
        rows
    }

    async fn lease(&self) -> Result<Lease<'_>, Fault> {
        if let Some(fault) = self.servers.lost() {
            // Those that lie idle lead to a server that is not there.
            self.idle.lock().clear();
            return Err(fault);
        }
        let connection = self.servers.connect_or(|| self.idle.lock().pop()).await;
        // Nothing was asked yet, so nothing is in doubt.
        let connection = connection.map_err(|fault| Fault::Away(fault.to_string()))?;
        Ok(Lease::new(connection, &self.servers, &self.idle, self.abandoned))
    }

    /// What it means that something could not be written, or nobody knows.
    fn not_written(&self, fault: &Fault) -> StoreError {
        let error = match fault.kind() {
            Kind::Lost => fault.in_doubt(&self.place),
            Kind::Conflict | Kind::Busy | Kind::Wrong => fault.not_done(&self.place),
        };
        self.outage.failed(1, &error);
        error
    }

    /// What it means that something could not be read.
    pub(crate) fn not_read(&self, fault: &Fault) -> StoreError {
        let error = fault.not_done(&self.place);
        self.outage.failed(1, &error);
        error
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
