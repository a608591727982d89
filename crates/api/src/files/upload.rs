//! Taking a file in.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chinwag_chat::blobs::{BlobHeaders, BlobId, ByteStream};
use chinwag_chat::store::CommitError;
use chinwag_chat::{
    FieldError, File, FileId, FileName, FilePurpose, MediaType, NewFile, Picture, Refusal, Timestamp, UserId,
};

use futures_util::TryStreamExt as _;

use super::incoming::{Incoming, drain};
use super::metadata;
use super::preview::{self, Shrink};
use super::sniff::{is_picture, sniff};
use super::{Files, disposition};
use crate::{ApiError, ErrorCode};

/// How long an upload may take in all. What is not finished by then is given up, also where the node died meanwhile.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(30 * 60);
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(2);

/// A file that a client sends.
pub struct Upload {
    /// What the client calls it.
    pub name: String,
    /// What it is for.
    pub purpose: FilePurpose,
    /// How many bytes the client says that it has.
    pub declared_bytes: Option<u64>,
    /// The bytes.
    pub bytes: ByteStream<'static>,
}

impl Files {
    /// Takes a file in.
    ///
    /// # Errors
    /// `too_large`, `file_type_not_allowed`, `storage_full`, `bad_request` where it is cut off, `too_many_requests` while too
    /// many come in, or the failure of the store or of the bytes' place.
    pub async fn take_in(&self, owner: &UserId, upload: Upload) -> Result<File, ApiError> {
        let place = self.places.take(owner).ok_or(ApiError::too_many_requests(TRY_AGAIN_AFTER))?;
        let (files, owner) = (self.clone(), owner.clone());
        // A task of its own: where the client hangs up, what it had begun must still be given up.
        let taking = tokio::spawn(async move {
            let _place = place;
            let taken = tokio::time::timeout(UPLOAD_TIMEOUT, files.take(owner, upload)).await;
            taken.unwrap_or_else(|_| Err(ApiError::because(ErrorCode::BadRequest, "the file took too long")))
        });
        taking.await.map_err(ApiError::internal)?
    }

    async fn take(&self, owner: UserId, upload: Upload) -> Result<File, ApiError> {
        let Upload { name, purpose, declared_bytes, bytes } = upload;
        let max_bytes = self.settings.max_file_bytes;
        if declared_bytes.is_some_and(|declared| declared > max_bytes) {
            drain(bytes, max_bytes).await;
            return Err(self.too_large());
        }
        let (incoming, begun) = Incoming::begin(bytes, max_bytes).await;
        if let Err(error) = begun {
            return Err(if incoming.count.is_too_large() { self.too_large() } else { error.into() });
        }
        let file = match self.admit(owner, &name, purpose, declared_bytes, &incoming.head).await {
            Ok(file) => file,
            Err(error) => {
                drain(incoming.bytes, max_bytes).await;
                return Err(error);
            }
        };
        let taken = self.keep(&file, incoming).await;
        if taken.is_err()
            && let Err(error) = self.chat.store().give_up_file(file.id).await
        {
            tracing::warn!(file = %file.id, %error, "an upload that failed could not be given up; it will be collected");
        }
        taken
    }

    /// Notes a file that begins with these bytes, if it is one that is taken.
    async fn admit(
        &self,
        owner: UserId,
        name: &str,
        purpose: FilePurpose,
        declared_bytes: Option<u64>,
        head: &[u8],
    ) -> Result<NewFile, ApiError> {
        if head.is_empty() {
            return Err(FieldError::new("file", "empty", "the file has no bytes").into());
        }
        let media_type = sniff(head);
        let is_fit = purpose == FilePurpose::Attachment || is_picture(&media_type);
        if !is_fit || !self.settings.types.iter().any(|pattern| pattern.allows(&media_type)) {
            return Err(Refusal::FileTypeNotAllowed(media_type.to_string()).into());
        }
        let now = self.chat.clock().now();
        let file = NewFile {
            id: self.chat.ids().file(),
            owner,
            purpose,
            name: FileName::cleaned(name),
            media_type,
            reserved: declared_bytes.unwrap_or(self.settings.max_file_bytes),
            created_at: now,
            due_at: after(now, UPLOAD_TIMEOUT * 2),
        };
        let begun = self.chat.store().begin_file(file.clone(), self.settings.max_bytes_per_user).await;
        begun.map_err(|error: CommitError| ApiError::from(error))?;
        Ok(file)
    }

    /// Keeps the bytes; if they are a picture, without what is written beside it, and makes a preview of them.
    async fn keep(&self, file: &NewFile, incoming: Incoming) -> Result<File, ApiError> {
        let NewFile { id, name, media_type, .. } = file;
        let headers =
            BlobHeaders { media_type: media_type.clone(), disposition: disposition(name, media_type) };
        let given = Arc::new(AtomicU64::new(0));
        let counted = metadata::removed(incoming.bytes, media_type).inspect_ok({
            let given = given.clone();
            move |piece| {
                given.fetch_add(piece.len() as u64, Ordering::Relaxed);
            }
        });
        let kept = self.blobs.put(BlobId::whole(*id), &headers, Box::pin(counted)).await;
        let size = kept.map_err(|error| {
            if incoming.count.is_too_large() { self.too_large() } else { ApiError::from(error) }
        })?;
        if size != given.load(Ordering::Relaxed) {
            return Err(ApiError::internal(
                "the bytes' place kept another number of bytes than it was given",
            ));
        }
        let picture = self.picture(file).await?;
        let due_at = after(self.chat.clock().now(), self.settings.keep_unattached);
        if !self.chat.store().finish_file(*id, size, picture.clone(), due_at).await? {
            return Err(ApiError::because(ErrorCode::BadRequest, "the file took too long"));
        }
        Ok(File { id: *id, name: name.clone(), media_type: media_type.clone(), size, picture })
    }

    /// The measures of a picture. Nothing for what is none, or cannot be read as one: an attachment is then a file like
    /// others, but nobody has it for a face.
    async fn picture(&self, file: &NewFile) -> Result<Option<Picture>, ApiError> {
        if !is_picture(&file.media_type) {
            return Ok(None);
        }
        let shrink = match file.purpose {
            FilePurpose::Attachment => Shrink::ToFit,
            FilePurpose::Avatar => Shrink::ToSquare,
        };
        // Decoding takes memory and a core; so many wait for their turn here.
        let _turn = self.previews.acquire().await.map_err(ApiError::internal)?;
        let Some(bytes) = self.blobs.get(BlobId::whole(file.id), None).await? else {
            return Err(ApiError::internal("what was just kept is not there"));
        };
        let made = match preview::make(bytes, shrink).await? {
            Ok(made) => made,
            Err(error) if file.purpose == FilePurpose::Attachment => {
                tracing::debug!(%error, "no preview was made of a picture");
                return Ok(None);
            }
            Err(_) => {
                let damaged = format!("{} that cannot be shown", file.media_type);
                return Err(Refusal::FileTypeNotAllowed(damaged).into());
            }
        };
        self.keep_preview(file.id, &made.picture.preview.media_type, made.bytes).await?;
        Ok(Some(made.picture))
    }

    async fn keep_preview(&self, id: FileId, media_type: &MediaType, bytes: Vec<u8>) -> Result<(), ApiError> {
        let name = FileName::cleaned("preview");
        let headers =
            BlobHeaders { media_type: media_type.clone(), disposition: disposition(&name, media_type) };
        let bytes = Box::pin(futures_util::stream::iter([Ok(bytes.into())]));
        self.blobs.put(BlobId::preview(id), &headers, bytes).await?;
        Ok(())
    }

    fn too_large(&self) -> ApiError {
        let max_bytes = usize::try_from(self.settings.max_file_bytes).unwrap_or(usize::MAX);
        Refusal::TooLarge { what: "the file", max_bytes }.into()
    }
}

pub(super) fn after(now: Timestamp, by: Duration) -> Timestamp {
    let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_unix_ms(now.unix_ms().saturating_add(by))
}
