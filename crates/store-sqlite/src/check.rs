//! What is looked at before a file is trusted.
//!
//! Always and in no time: is it a database, does its write-ahead log have a database to go with
//! and is it whole. The pages themselves are read through (`PRAGMA quick_check`) when the last run did not close the file, or the file is
//! small enough not to be noticed; a power cut or a careless copy leaves its marks there. SQLite reports damage
//! of any other page when it meets it, so a check that runs out of time is no reason not to serve.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use crate::{OpenError, wal};

/// Up to here reading all of a file takes less than a tenth of a second.
const SMALL_FILE_BYTES: u64 = 64 << 20;

/// How the file was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// There is none, or an empty one.
    Nothing,
    /// There is one, and it is worth checking.
    Suspect,
    /// There is one that was closed properly.
    Closed,
}

/// A file that belongs to the database, by SQLite's custom of naming it.
pub(crate) fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Looks at the file's header without SQLite, which would write to a file that it takes for a new one.
pub(crate) fn header(path: &Path) -> Result<Found, OpenError> {
    let size = |path: &Path| fs::metadata(path).map_or(0, |meta| meta.len());
    let (file_size, log_size) = (size(path), size(&beside(path, "-wal")));
    if file_size == 0 {
        // SQLite would throw the log away, and with it what was committed last.
        return if log_size == 0 {
            Ok(Found::Nothing)
        } else {
            let reason = "there is a write-ahead log (-wal) but no database".to_owned();
            Err(OpenError::Damaged { path: path.to_owned(), reason })
        };
    }
    let mut header = [0; 100];
    let mut file = File::open(path).map_err(|error| OpenError::from_io(path, &error))?;
    let not_a_database =
        |reason: &str| OpenError::NotADatabase { path: path.to_owned(), reason: reason.to_owned() };
    match file.read_exact(&mut header) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            return Err(not_a_database("the file is too short"));
        }
        Err(error) => return Err(OpenError::from_io(path, &error)),
    }
    if !header.starts_with(b"SQLite format 3\0") {
        return Err(not_a_database("the file is not SQLite's"));
    }
    if log_size > 0 {
        let log = beside(path, "-wal");
        if let Some(frame) = wal::damaged_frame(&log).map_err(|error| OpenError::from_io(&log, &error))? {
            let reason = format!("its write-ahead log (-wal) is wrong at frame {frame}, before commits");
            return Err(OpenError::Damaged { path: path.to_owned(), reason });
        }
    }
    Ok(if log_size > 0 || file_size <= SMALL_FILE_BYTES { Found::Suspect } else { Found::Closed })
}

/// Reads through the pages, for as long as it may take.
pub(crate) fn pages(path: &Path, connection: &Connection, max_time: Duration) -> Result<(), OpenError> {
    let started = tokio::time::Instant::now();
    let from_sql = |error| OpenError::from_sql(path, &error);
    connection.progress_handler(10_000, Some(move || started.elapsed() > max_time)).map_err(from_sql)?;
    let answer = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    connection.progress_handler(0, None::<fn() -> bool>).map_err(from_sql)?;
    match answer {
        Ok(ok) if ok == "ok" => Ok(()),
        Ok(reason) => {
            // The report begins with "*** in database main ***".
            let reason = reason.lines().last().unwrap_or_default().to_owned();
            Err(OpenError::Damaged { path: path.to_owned(), reason })
        }
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
            tracing::warn!(path = %path.display(), ?max_time, "the file is too large to check all of it at the start");
            Ok(())
        }
        Err(error) => Err(from_sql(error)),
    }
}
