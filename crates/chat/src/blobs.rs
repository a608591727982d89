//! The port to the bytes of files. What is known of them is the business of [`Files`](crate::store::Files).

use std::fmt;
use std::ops::Range;
use std::pin::Pin;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::Stream;

use crate::{FileId, MediaType};

/// Bytes on their way, piece by piece: the next piece is asked for when the last one has found its place.
pub type ByteStream<'a> = Pin<Box<dyn Stream<Item = Result<Bytes, BlobError>> + Send + 'a>>;

/// Which bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BlobPart {
    /// The file as it was uploaded.
    Whole,
    /// The smaller picture that was made of it.
    Preview,
}

/// The name of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BlobId {
    /// Whose file.
    pub file: FileId,
    /// Which part of it.
    pub part: BlobPart,
}

impl BlobId {
    /// The file as it was uploaded.
    #[must_use]
    pub const fn whole(file: FileId) -> Self {
        Self { file, part: BlobPart::Whole }
    }

    /// The smaller picture that was made of it.
    #[must_use]
    pub const fn preview(file: FileId) -> Self {
        Self { file, part: BlobPart::Preview }
    }
}

impl fmt::Display for BlobId {
    /// A name that is fit for a file system: nothing in it comes from outside.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part {
            BlobPart::Whole => write!(f, "{}", self.file),
            BlobPart::Preview => write!(f, "{}.preview", self.file),
        }
    }
}

/// What whoever serves the bytes by itself has to say of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobHeaders {
    /// `Content-Type`.
    pub media_type: MediaType,
    /// `Content-Disposition`.
    pub disposition: String,
}

/// Bytes that did not get where they should.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BlobError {
    /// What was to be put did not come to its end.
    #[error("the bytes ended before their end: {0}")]
    Source(String),
    /// The bytes' place cannot be reached, is full, or refuses.
    #[error("the files' place is unavailable: {0}")]
    Unavailable(String),
}

/// Keeps the bytes of files.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Keeps some bytes under a name that is used once, and says how many. When this returns `Ok` they survive the loss of
    /// power; when it does not, or is dropped, nothing can be read under that name. Holds no more of them in memory than a
    /// few pieces.
    async fn put(&self, id: BlobId, headers: &BlobHeaders, bytes: ByteStream<'_>) -> Result<u64, BlobError>;

    /// The bytes of that name, or only those of a range that lies within them. Nothing where there are none.
    async fn get(
        &self,
        id: BlobId,
        range: Option<Range<u64>>,
    ) -> Result<Option<ByteStream<'static>>, BlobError>;

    /// Deletes the bytes of that name, and what was left of an attempt to keep some. True also where there are none.
    async fn delete(&self, id: BlobId) -> Result<(), BlobError>;

    /// An address that gives the bytes to whoever has it, for so long, without Chinwag in between. Nothing where there is
    /// no such thing.
    async fn link(&self, id: BlobId, expires_in: Duration) -> Result<Option<String>, BlobError>;
}
