//! What went wrong inside, and what it means to the caller.

use std::path::Path;

use chinwag_chat::StoreError;
use rusqlite::ErrorCode;

/// What went wrong in a read or a write.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// SQLite says so.
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    /// A row does not hold what it must.
    #[error("{0}")]
    Damaged(String),
}

impl Fault {
    /// A row or field that makes no sense.
    pub(crate) fn damaged(what: impl std::fmt::Display) -> Self {
        Self::Damaged(what.to_string())
    }

    /// The meaning where nothing can have been written: in a read, or in a transaction that was rolled back.
    pub(crate) fn not_done(&self, path: &Path) -> StoreError {
        match self {
            Self::Damaged(what) => StoreError::Corrupt(format!("{}: {what}", path.display())),
            Self::Sql(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DiskFull) => StoreError::Unavailable(full(path)),
                Some(
                    ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::ConstraintViolation,
                ) => StoreError::Corrupt(format!("{}: {error}", path.display())),
                Some(_) => StoreError::Unavailable(format!("{}: {error}", path.display())),
                // Not SQLite's own: a column of another type than the schema says.
                None => StoreError::Corrupt(format!("{}: {error}", path.display())),
            },
        }
    }

    /// The meaning where a commit failed.
    pub(crate) fn at_commit(&self, path: &Path) -> StoreError {
        if self.is_disk_failure() {
            StoreError::Unknown(format!("the disk failed while {} was written: {self}", path.display()))
        } else {
            self.not_done(path)
        }
    }

    /// Whether the disk itself failed. For a commit this is final: the system may have dropped what it could not
    /// write and report success next time, so another attempt would prove nothing.
    pub(crate) fn is_disk_failure(&self) -> bool {
        matches!(self, Self::Sql(error) if error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure))
    }
}

fn full(path: &Path) -> String {
    format!("there is no space left for {}: free some, and writing goes on by itself", path.display())
}
