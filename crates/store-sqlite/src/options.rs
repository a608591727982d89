//! What can be set about the store.

use std::time::Duration;

/// What can be set about the store. The defaults suit a node.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The most requests that one transaction takes. More wait for the next one, so it bounds the time that the first
    /// of a batch waits for the last.
    pub max_batch: usize,
    /// The most requests that may wait for the writer; further callers wait to be let in.
    pub max_queue: usize,
    /// The most reads at the same time.
    pub max_readers: usize,
    /// The most bytes that the database file may grow to; writes are refused beyond.
    pub max_file_bytes: Option<u64>,
    /// How long the file may be checked for damage when it is opened.
    pub max_check_time: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_batch: 256,
            max_queue: 1024,
            max_readers: 4,
            max_file_bytes: None,
            max_check_time: Duration::from_secs(5),
        }
    }
}
