//! The port to what is known of files. Their bytes are the business of [`Blobs`](crate::blobs::Blobs).
//!
//! A file comes in between [`begin_file`](Files::begin_file) and [`finish_file`](Files::finish_file). Then it waits to be
//! shown: posting attaches it to a message, a profile takes it for a picture. What nothing shows is due some day; so is, at
//! once, what belonged to a message that was deleted. Who collects takes what is due, after which nobody can show it any
//! more, deletes the bytes and has it forgotten.

use async_trait::async_trait;

use super::{CommitError, StoreError};
use crate::{FileId, NewFile, Picture, StoredFile, Timestamp, UserId};

/// What is known of files.
#[async_trait]
pub trait Files: Send + Sync {
    /// Notes a file that begins to come in, and charges its owner with what it may become. Refused with
    /// [`Refusal::StorageFull`](crate::Refusal::StorageFull) where they would have more than `max_bytes` in all, however
    /// many they begin at the same time.
    async fn begin_file(&self, file: NewFile, max_bytes: u64) -> Result<(), CommitError>;

    /// Notes that a file is all there, until `due_at` unless something shows it by then. False where it was given up
    /// meanwhile.
    async fn finish_file(
        &self,
        id: FileId,
        size: u64,
        picture: Option<Picture>,
        due_at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// A file that is all there and not given up.
    async fn file(&self, id: FileId) -> Result<Option<StoredFile>, StoreError>;

    /// Gives a file up that nothing shows: nobody can read it any more, and it is due at once.
    async fn give_up_file(&self, id: FileId) -> Result<(), StoreError>;

    /// How many bytes a user is charged with.
    async fn bytes_of(&self, owner: &UserId) -> Result<u64, StoreError>;

    /// Gives up what is due, at most `limit` files, and says which; those that were taken before and not forgotten since
    /// among them.
    async fn take_due_files(&self, now: Timestamp, limit: usize) -> Result<Vec<FileId>, StoreError>;

    /// Forgets files that were taken, once their bytes are gone.
    async fn forget_files(&self, ids: &[FileId]) -> Result<(), StoreError>;
}
