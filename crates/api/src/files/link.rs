//! Links that give a file to whoever has them, for a while: for programs that cannot sign in.
//!
//! Where the bytes' place can sign links itself, it does. Else the link is one of Chinwag's own: the file, its part and the
//! time, under a code that only those can make who know the installation's key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chinwag_chat::blobs::{BlobId, BlobPart};
use chinwag_chat::{FileId, StoreError, Timestamp};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use utoipa::ToSchema;

use super::upload::after;
use super::{Files, OpenFile};
use crate::{ApiError, Caller, ErrorCode};

/// Keeps these codes apart from whatever else a key may be used for.
const PURPOSE: &str = "chinwag link to a file, 1";
const KEY: &str = "file_links";

/// Links to a file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FileLink {
    /// The file. It may begin with `/`: then it is the server's own.
    pub url: String,
    /// The smaller picture made of it, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub preview_url: Option<String>,
    /// When the links end.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// What a link of Chinwag's own says.
#[derive(Debug, Clone, Deserialize)]
pub struct LinkSignature {
    /// Whether it is the preview.
    #[serde(default)]
    pub preview: bool,
    /// When it ends, in milliseconds since 1970.
    pub expires: i64,
    /// The code.
    pub signature: String,
}

impl Files {
    /// Links to a file that the caller may read.
    ///
    /// # Errors
    /// `unknown_file`, or the failure of the store or of the bytes' place.
    pub async fn link(&self, caller: &Caller, id: FileId) -> Result<FileLink, ApiError> {
        let open = self.open(caller, id, BlobPart::Whole).await?;
        let expires_at = after(self.chat.clock().now(), self.settings.link_lifetime);
        let url = self.sign(BlobId::whole(id), expires_at).await?;
        let preview_url = match &open.file.picture {
            Some(_) => Some(self.sign(BlobId::preview(id), expires_at).await?),
            None => None,
        };
        Ok(FileLink { url, preview_url, expires_at })
    }

    async fn sign(&self, id: BlobId, expires_at: Timestamp) -> Result<String, ApiError> {
        if let Some(url) = self.blobs.link(id, self.settings.link_lifetime).await? {
            return Ok(url);
        }
        let expires = expires_at.unix_ms();
        let code = self.code(id, expires).await?.finalize().into_bytes();
        let (file, signature) = (id.file, URL_SAFE_NO_PAD.encode(code));
        let preview = if id.part == BlobPart::Preview { "preview=true&" } else { "" };
        Ok(format!("/api/v1/files/{file}/content?{preview}expires={expires}&signature={signature}"))
    }

    /// The file that a link of Chinwag's own gives.
    ///
    /// # Errors
    /// `unknown_file` where the link is not ours or has ended, or the file is gone; or the store's failure.
    pub async fn open_link(&self, id: FileId, link: &LinkSignature) -> Result<OpenFile, ApiError> {
        let ended =
            || ApiError::because(ErrorCode::UnknownFile, "this link is not one of ours, or it has ended");
        let part = if link.preview { BlobPart::Preview } else { BlobPart::Whole };
        let signature = URL_SAFE_NO_PAD.decode(&link.signature).map_err(|_| ended())?;
        let code = self.code(BlobId { file: id, part }, link.expires).await?;
        code.verify_slice(&signature).map_err(|_| ended())?;
        if Timestamp::from_unix_ms(link.expires) <= self.chat.clock().now() {
            return Err(ended());
        }
        let file = self.chat.store().file(id).await?.ok_or_else(ended)?;
        OpenFile::new(file.file, part).ok_or_else(ended)
    }

    async fn code(&self, id: BlobId, expires: i64) -> Result<Hmac<Sha256>, ApiError> {
        let key = self.link_key.get_or_try_init(|| async {
            let mut fresh = [0; 32];
            self.entropy.fill(&mut fresh);
            self.chat.store().secret(KEY, fresh).await
        });
        let key = key.await.map_err(|error: StoreError| ApiError::from(error))?;
        let mut code = Hmac::<Sha256>::new_from_slice(key).map_err(ApiError::internal)?;
        code.update(format!("{PURPOSE}\n{id}\n{expires}").as_bytes());
        Ok(code)
    }
}
