//! Files.

use chinwag_chat::blobs::{BlobPart, ByteStream};
use chinwag_chat::{File, FilePurpose};
use serde::Deserialize;
use utoipa::IntoParams;

use super::fields;
use crate::files::{FileLink, LinkSignature, OpenFile, Upload};
use crate::{Api, ApiError, Caller, FieldProblem};

/// Says what an upload is.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct UploadFile {
    /// What the file is called.
    pub name: String,
    /// `attachment` unless told, or `avatar`.
    pub purpose: Option<String>,
}

/// Takes a file in.
///
/// # Errors
/// `invalid`, `too_large`, `file_type_not_allowed`, `storage_full`, `bad_request` where it is cut off, `too_many_requests`, or
/// the failure of the store or of the bytes' place.
pub async fn upload(
    api: &Api,
    caller: &Caller,
    request: UploadFile,
    declared_bytes: Option<u64>,
    bytes: ByteStream<'static>,
) -> Result<File, ApiError> {
    let purpose = match request.purpose.as_deref() {
        None => FilePurpose::Attachment,
        Some(text) => text.parse().map_err(|error| {
            let (field, code) = ("purpose".into(), "unknown".into());
            ApiError::invalid(vec![FieldProblem { field, code, detail: format!("{error}").into() }])
        })?,
    };
    let upload = Upload { name: request.name, purpose, declared_bytes, bytes };
    api.files()?.take_in(&caller.user.id, upload).await
}

/// Asks for a file.
#[derive(Debug, Clone, Deserialize)]
pub struct GetFile {
    /// Which.
    pub id: String,
}

/// A file that the caller may read, or the smaller picture made of it.
///
/// # Errors
/// `unknown_file`, or the store's failure.
pub async fn open(
    api: &Api,
    caller: &Caller,
    request: &GetFile,
    part: BlobPart,
) -> Result<OpenFile, ApiError> {
    api.files()?.open(caller, fields::file_id(&request.id)?, part).await
}

/// The file that a link gives. Needs no authentication.
///
/// # Errors
/// `unknown_file`, or the store's failure.
pub async fn open_link(api: &Api, request: &GetFile, link: &LinkSignature) -> Result<OpenFile, ApiError> {
    api.files()?.open_link(fields::file_id(&request.id)?, link).await
}

/// Links to a file, which work for a while for whoever has them.
///
/// # Errors
/// `unknown_file`, or the failure of the store or of the bytes' place.
pub async fn link(api: &Api, caller: &Caller, request: &GetFile) -> Result<FileLink, ApiError> {
    api.files()?.link(caller, fields::file_id(&request.id)?).await
}
