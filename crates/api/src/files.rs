//! Files: how they come in, who may read them, and how they go.
//!
//! What a client says of a file is not believed: its type is what its first bytes show, its measures are what decoding it
//! gives. Bytes go through in pieces, whatever their number.

mod disposition;
mod incoming;
mod link;
mod metadata;
mod places;
mod preview;
mod reading;
mod sniff;
#[cfg(test)]
mod test_pictures;
mod types;
mod upload;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::blobs::{BlobError, BlobId, Blobs};
use chinwag_chat::{Chat, Entropy, StoreError};
use tokio::sync::{OnceCell, Semaphore};

pub use disposition::disposition;
pub use link::{FileLink, LinkSignature};
pub use reading::OpenFile;
pub use types::{BadTypePattern, TypePattern};
pub use upload::Upload;

use places::Places;

use crate::ApiError;

/// How files are dealt with.
#[derive(Debug, Clone)]
pub struct FileSettings {
    /// The largest file.
    pub max_file_bytes: u64,
    /// What all files of one user may have together.
    pub max_bytes_per_user: u64,
    /// The types that are taken.
    pub types: Vec<TypePattern>,
    /// How many come in at once.
    pub max_uploads: usize,
    /// How many pictures are decoded at once.
    pub max_previews: usize,
    /// How long a file may wait to be shown.
    pub keep_unattached: Duration,
    /// How long a link works.
    pub link_lifetime: Duration,
}

/// How many files are collected by one read.
const COLLECTED_AT_ONCE: usize = 100;

/// Takes files in and gives them out. Cheap to clone.
#[derive(Clone)]
pub struct Files {
    chat: Chat,
    blobs: Arc<dyn Blobs>,
    entropy: Arc<dyn Entropy>,
    settings: Arc<FileSettings>,
    places: Arc<Places>,
    previews: Arc<Semaphore>,
    link_key: Arc<OnceCell<[u8; 32]>>,
}

impl Files {
    /// Files whose bytes are kept there.
    #[must_use]
    pub fn new(chat: Chat, blobs: Arc<dyn Blobs>, entropy: Arc<dyn Entropy>, settings: FileSettings) -> Self {
        Self {
            chat,
            blobs,
            entropy,
            places: Places::new(settings.max_uploads),
            previews: Arc::new(Semaphore::new(settings.max_previews)),
            settings: Arc::new(settings),
            link_key: Arc::default(),
        }
    }

    /// How files are dealt with.
    #[must_use]
    pub fn settings(&self) -> &FileSettings {
        &self.settings
    }

    /// Deletes what nothing shows any more: uploads that were never sent, and what belonged to messages that were deleted.
    /// To be called now and then; how many files went.
    ///
    /// # Errors
    /// Where the store or the bytes' place fails; what is left is collected the next time.
    pub async fn collect(&self) -> Result<usize, CollectError> {
        let store = self.chat.store();
        let mut collected = 0;
        loop {
            let due = store.take_due_files(self.chat.clock().now(), COLLECTED_AT_ONCE).await?;
            for id in &due {
                self.blobs.delete(BlobId::whole(*id)).await?;
                self.blobs.delete(BlobId::preview(*id)).await?;
            }
            store.forget_files(&due).await?;
            collected += due.len();
            if due.len() < COLLECTED_AT_ONCE {
                return Ok(collected);
            }
        }
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Files that could not be collected.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The store's fault.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The fault of the place that keeps the bytes.
    #[error(transparent)]
    Blobs(#[from] BlobError),
}

impl From<BlobError> for ApiError {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Source(_) => {
                Self::because(crate::ErrorCode::BadRequest, "the file was cut off before its end")
            }
            BlobError::Unavailable(_) => Self::unavailable(error),
        }
    }
}
