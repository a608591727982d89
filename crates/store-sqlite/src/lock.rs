//! Keeps a second process out of a database file.
//!
//! SQLite would let it in: two nodes would then take turns writing the file, each without the other's announcements.
//! The lock is advisory and on a file of its own, because closing any handle of the database file itself would release
//! SQLite's locks on it. The system drops it when the process ends, however it ends, so it is never stale.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::Path;

use crate::OpenError;
use crate::check::beside;

/// The exclusive right to a database file, for as long as it lives.
#[derive(Debug)]
pub(crate) struct FileLock {
    _held: File,
}

impl FileLock {
    pub(crate) fn acquire(database: &Path) -> Result<Self, OpenError> {
        let path = beside(database, ".lock");
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(|error| OpenError::from_io(&path, &error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let holder = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
                return Err(OpenError::Locked { path: database.to_owned(), holder });
            }
            Err(TryLockError::Error(error)) => return Err(OpenError::from_io(&path, &error)),
        }
        // Only for the message above: a full disk must not keep a node from serving what it has.
        let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        Ok(Self { _held: file })
    }
}
