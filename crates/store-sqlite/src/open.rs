//! Opening the file: lock, look, bring up to date, start the writer.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::{Bus, Entropy, Epoch};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use crate::check::{self, Found};
use crate::fields::signed;
use crate::lock::FileLock;
use crate::look_ups::LookUps;
use crate::outbox::void_leases;
use crate::readers::Readers;
use crate::search::index;
use crate::writer::Writer;
use crate::{OpenError, Options, SqliteStore, schema};

/// The statements that a connection keeps prepared: all there are.
pub(crate) const PREPARED_STATEMENTS: usize = 128;

/// How long to wait for somebody who looks into the file with other tools.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The page cache of the writer's connection, in KiB.
const WRITER_CACHE_KIB: i64 = 64 * 1024;

/// How far the write-ahead log grows before its pages are copied into the file, in pages of 4 KiB. Each copy costs an
/// fsync of the file, which the commits wait for.
const CHECKPOINT_AFTER_PAGES: i64 = 4_000;

/// The size that the write-ahead log is cut to when it starts over, should a long read have made it grow.
const LOG_KEPT_BYTES: i64 = 64 << 20;

impl SqliteStore {
    /// Opens the database file at `path`, or creates it and the directory that it is in. What is committed is
    /// announced on `bus`; `entropy` makes a new log's [`Epoch`].
    ///
    /// Blocks while the file is checked and brought up to date. Reads need a tokio runtime.
    ///
    /// # Errors
    /// An [`OpenError`] that names the file and the way out. Nothing was overwritten.
    pub fn open(
        path: &Path,
        bus: Arc<dyn Bus>,
        entropy: &dyn Entropy,
        options: Options,
    ) -> Result<Self, OpenError> {
        make_directory(path)?;
        let lock = FileLock::acquire(path)?;
        let found = check::header(path)?;
        let (connection, epoch) = prepare(path, found, entropy, options)?;
        let readers = Arc::new(Readers::new(path, options.max_readers));
        let writer = Writer::start(path, connection, lock, options)
            .map_err(|error| OpenError::from_io(path, &error))?;
        let look_ups = LookUps::new(Arc::clone(&readers));
        Ok(Self { epoch, bus, readers, look_ups, writer })
    }
}

/// The writer's connection to a file that is checked and up to date, and the file's epoch.
fn prepare(
    path: &Path,
    found: Found,
    entropy: &dyn Entropy,
    options: Options,
) -> Result<(Connection, Epoch), OpenError> {
    let from_sql = |error: rusqlite::Error| OpenError::from_sql(path, &error);
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(from_sql)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(from_sql)?;
    if connection.is_readonly("main").map_err(from_sql)? {
        let reason = "the file is read-only".to_owned();
        return Err(OpenError::NotWritable { path: path.to_owned(), reason });
    }
    schema::refuse_unknown(path, &connection)?;
    if found == Found::Suspect {
        check::pages(path, &connection, options.max_check_time)?;
    }
    settle(&connection, options).map_err(from_sql)?;
    index::add_function(&connection).map_err(from_sql)?;
    schema::migrate(path, &mut connection)?;
    index::fill(&connection).map_err(|fault| OpenError::from_fault(path, &fault))?;
    void_leases(&connection).map_err(from_sql)?;
    let epoch = epoch(&connection, entropy).map_err(from_sql)?;
    Ok((connection, epoch))
}

/// The settings of the writer's connection.
fn settle(connection: &Connection, options: Options) -> rusqlite::Result<()> {
    // Anything but WAL is a file system without shared memory; commits are durable there all the same.
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        tracing::warn!(mode, "the file system does not allow a write-ahead log: reads and writes take turns");
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is deleted is overwritten, or it could be read in the file until its page is used again. Only deletions pay.
    connection.pragma_update_and_check(None, "secure_delete", true, |row| row.get::<_, i64>(0))?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_AFTER_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", LOG_KEPT_BYTES)?;
    if let Some(max_bytes) = options.max_file_bytes {
        let page_bytes: u32 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages = (max_bytes / u64::from(page_bytes)).max(1);
        connection.pragma_update(None, "max_page_count", signed(pages))?;
    }
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
    Ok(())
}

/// The log's incarnation: random, made with the file and kept in it.
fn epoch(connection: &Connection, entropy: &dyn Entropy) -> rusqlite::Result<Epoch> {
    let kept = connection
        .query_row("SELECT value FROM meta WHERE key = 'epoch'", [], |row| row.get::<_, String>(0))
        .optional()?;
    if let Some(epoch) = kept {
        return Ok(Epoch(epoch.into()));
    }
    let mut random = [0; 8];
    entropy.fill(&mut random);
    let epoch = format!("{:016x}", u64::from_be_bytes(random));
    connection.execute("INSERT INTO meta (key, value) VALUES ('epoch', ?1)", [&epoch])?;
    Ok(Epoch(epoch.into()))
}

/// Makes the directory of the file, closed to other users of the machine, and makes sure that it stays.
fn make_directory(path: &Path) -> Result<(), OpenError> {
    let Some(directory) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) else {
        return Ok(());
    };
    if directory.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).map_err(|error| OpenError::from_io(directory, &error))?;
    // SQLite takes care of the entries in the directory, but not of the directory's own.
    if let Some(parent) = directory.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        let _ = File::open(parent).and_then(|parent| parent.sync_all());
    }
    Ok(())
}
