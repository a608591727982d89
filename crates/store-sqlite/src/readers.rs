//! Connections that only read, so that no read waits for a write, nor a write for a read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chinwag_chat::StoreError;
use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use crate::fault::Fault;
use crate::open::PREPARED_STATEMENTS;

/// The page cache of each, in KiB.
const CACHE_KIB: i64 = 16 * 1024;

/// A bounded number of connections, opened when they are first wanted.
pub(crate) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    free: Arc<Semaphore>,
}

impl Readers {
    pub(crate) fn new(path: &Path, max: usize) -> Self {
        Self {
            path: path.to_owned(),
            idle: Mutex::default(),
            free: Arc::new(Semaphore::new(max.clamp(1, Semaphore::MAX_PERMITS))),
        }
    }

    /// Runs `query` on a thread that may block, all of it on one state of the database.
    pub(crate) async fn read<F, T>(self: &Arc<Self>, query: F) -> Result<T, StoreError>
    where
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
        T: Send + 'static,
    {
        let unavailable = |error: &dyn std::fmt::Display| StoreError::Unavailable(error.to_string());
        let turn = Arc::clone(&self.free).acquire_owned().await.map_err(|error| unavailable(&error))?;
        let readers = Arc::clone(self);
        let answer = tokio::task::spawn_blocking(move || {
            let answer = readers.run(query);
            // Held until here, also where the caller did not wait.
            drop(turn);
            answer.map_err(|fault| readers.not_read(&fault))
        });
        answer.await.map_err(|error| unavailable(&error))?
    }

    /// What it means that something could not be read. Logged here, once.
    pub(crate) fn not_read(&self, fault: &Fault) -> StoreError {
        let error = fault.not_done(&self.path);
        tracing::error!(%error, "the store could not read");
        error
    }

    /// Runs `query` on this thread, which may block, on a connection that nobody else uses meanwhile.
    pub(crate) fn run<F, T>(&self, query: F) -> Result<T, Fault>
    where
        F: FnOnce(&Connection) -> Result<T, Fault>,
    {
        let idle = self.idle.lock().pop();
        let connection = idle.map_or_else(|| self.connect(), Ok)?;
        let answer = {
            let transaction = connection.unchecked_transaction()?;
            query(&transaction)?
            // Dropping it ends it: there is nothing to commit.
        };
        // One whose query failed is not kept: a new one reads the schema and the file anew.
        self.idle.lock().push(connection);
        Ok(answer)
    }

    fn connect(&self) -> Result<Connection, Fault> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
        Ok(connection)
    }
}
