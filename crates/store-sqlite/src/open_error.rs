//! Why a store could not be opened, in words that an operator can act upon.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::fault::Fault;

/// Why a store could not be opened. Nothing was overwritten.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error(
        "{} is in use by another process{}: stop that one, or choose another data directory",
        path.display(), holder.map(|pid| format!(" (process {pid})")).unwrap_or_default()
    )]
    Locked {
        /// The database file.
        path: PathBuf,
        /// The other process, if it said who it is.
        holder: Option<u32>,
    },
    /// The directory or the file cannot be written.
    #[error("{} cannot be written ({reason}): check its owner and permissions, or choose another data directory", path.display())]
    NotWritable {
        /// The directory or file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// There is no room for it.
    #[error("there is no space left for {} ({reason}): free some space and start again", path.display())]
    Full {
        /// The database file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The file is something else.
    #[error("{} is not a Chinwag database ({reason}): move it away, or choose another data directory", path.display())]
    NotADatabase {
        /// The database file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The file does not hold what it should.
    #[error(
        "{} is damaged ({reason}): restore it, together with the files beside it, from a backup; \
         `sqlite3 {} .recover` saves what can be saved", path.display(), path.display()
    )]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The file was written by a newer version.
    #[error(
        "{} was written by a newer version of Chinwag (schema {found}, this version knows up to {known}): \
         start that version or a later one, or restore a backup from before the upgrade", path.display()
    )]
    Newer {
        /// The database file.
        path: PathBuf,
        /// Its schema.
        found: usize,
        /// The newest schema that this version knows.
        known: usize,
    },
    /// Something else went wrong.
    #[error("{} cannot be opened: {reason}", path.display())]
    Other {
        /// The database file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
}

impl OpenError {
    /// What an error of the file system means here.
    pub(crate) fn from_io(path: &Path, error: &io::Error) -> Self {
        let (path, reason) = (path.to_owned(), error.to_string());
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path, reason },
            io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::IsADirectory
            | io::ErrorKind::AlreadyExists
            | io::ErrorKind::NotFound => Self::NotWritable { path, reason },
            _ => Self::Other { path, reason },
        }
    }

    /// What it means that the file was opened, and not all of it could be read or brought up to date.
    pub(crate) fn from_fault(path: &Path, fault: &Fault) -> Self {
        match fault {
            Fault::Sql(error) => Self::from_sql(path, error),
            Fault::Damaged(reason) => Self::Damaged { path: path.to_owned(), reason: reason.clone() },
        }
    }

    /// What an error of SQLite means here.
    pub(crate) fn from_sql(path: &Path, error: &rusqlite::Error) -> Self {
        let (path, reason) = (path.to_owned(), error.to_string());
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotADatabase { path, reason },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path, reason },
            Some(ErrorCode::DiskFull) => Self::Full { path, reason },
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::NotWritable { path, reason }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { path, holder: None },
            _ => Self::Other { path, reason },
        }
    }
}
