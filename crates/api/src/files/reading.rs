//! Giving files out.

use std::ops::Range;

use chinwag_chat::blobs::{BlobId, BlobPart, ByteStream};
use chinwag_chat::{File, FileId, FilePurpose, MediaType, StoredFile};

use super::{Files, disposition};
use crate::{ApiError, Caller, ErrorCode};

/// A file that somebody may read.
#[derive(Debug, Clone)]
pub struct OpenFile {
    /// The file.
    pub file: File,
    part: BlobPart,
}

impl OpenFile {
    /// Part of a file; nothing where it has no such part.
    pub(super) fn new(file: File, part: BlobPart) -> Option<Self> {
        (part == BlobPart::Whole || file.picture.is_some()).then_some(Self { file, part })
    }

    /// What it holds.
    #[must_use]
    pub fn media_type(&self) -> &MediaType {
        match (self.part, &self.file.picture) {
            (BlobPart::Preview, Some(picture)) => &picture.preview.media_type,
            _ => &self.file.media_type,
        }
    }

    /// How many bytes it has.
    #[must_use]
    pub fn size(&self) -> u64 {
        match (self.part, &self.file.picture) {
            (BlobPart::Preview, Some(picture)) => picture.preview.size,
            _ => self.file.size,
        }
    }

    /// What tells it from every other, for as long as there are files: a name is used once.
    #[must_use]
    pub fn tag(&self) -> String {
        format!("\"{}\"", self.id())
    }

    /// The header `Content-Disposition`.
    #[must_use]
    pub fn disposition(&self) -> String {
        disposition(&self.file.name, self.media_type())
    }

    fn id(&self) -> BlobId {
        BlobId { file: self.file.id, part: self.part }
    }
}

impl Files {
    /// A file, if the caller may read it: whoever may read the room that it was sent to, and before it is sent its owner.
    /// The pictures beside names are for everybody.
    ///
    /// # Errors
    /// `unknown_file`, or the store's failure.
    pub async fn open(&self, caller: &Caller, id: FileId, part: BlobPart) -> Result<OpenFile, ApiError> {
        let unknown = || ApiError::new(ErrorCode::UnknownFile);
        let stored = self.chat.store().file(id).await?.ok_or_else(unknown)?;
        if !self.may_read(caller, &stored, part).await? {
            return Err(unknown());
        }
        OpenFile::new(stored.file, part).ok_or_else(unknown)
    }

    async fn may_read(&self, caller: &Caller, stored: &StoredFile, part: BlobPart) -> Result<bool, ApiError> {
        if let Some((room, _)) = stored.message {
            return Ok(self.chat.store().may_read(room, &caller.user.id).await?);
        }
        let is_face = stored.purpose == FilePurpose::Avatar && stored.is_shown && part == BlobPart::Preview;
        Ok(is_face || stored.owner == caller.user.id)
    }

    /// The bytes of a file, or those of a range that lies within it.
    ///
    /// # Errors
    /// The failure of the bytes' place.
    pub async fn read(
        &self,
        open: &OpenFile,
        range: Option<Range<u64>>,
    ) -> Result<ByteStream<'static>, ApiError> {
        let lost = || {
            let id = open.id();
            ApiError::internal(format!(
                "the bytes of the file {id} are not there; do all nodes share `files.store`?"
            ))
        };
        self.blobs.get(open.id(), range).await?.ok_or_else(lost)
    }
}
