//! Taking a room, or oneself, away.

use chinwag_chat::export::{PersonExport, PersonPosition, RoomExport, RoomPosition};
use chinwag_chat::{Epoch, FieldError, Rev};
use serde::Deserialize;
use utoipa::IntoParams;

use super::fields;
use crate::{Api, ApiError, Caller, ErrorCode};

/// Asks for all of a room, or for what comes after what one has of it.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ExportRoom {
    /// The room. Over HTTP the path says it.
    #[param(ignore)]
    pub room: String,
    /// Only the messages after this change, and nothing before them: the `rev` of the last message that one has.
    pub after_rev: Option<u64>,
    /// Only messages up to this change: the manifest's `head_rev`.
    pub until_rev: Option<u64>,
    /// The manifest's `epoch`.
    pub epoch: Option<String>,
}

/// Begins to export a room.
///
/// # Errors
/// `unknown_room`, `permission_denied`, `export_not_found` where the numbers are of another log, or the store's failure.
pub async fn room(api: &Api, caller: &Caller, request: ExportRoom) -> Result<RoomExport, ApiError> {
    let room = fields::room_id(&request.room)?;
    Ok(api.chat().export_room(room, &caller.user.id, &position(request)).await?)
}

/// Where an export is to begin.
#[must_use]
pub fn position(request: ExportRoom) -> RoomPosition {
    RoomPosition {
        after_rev: request.after_rev.map(Rev),
        until_rev: request.until_rev.map(Rev),
        epoch: request.epoch.map(|epoch| Epoch(epoch.into())),
    }
}

/// Asks for all that is the caller's own, or for what comes after what one has of it.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ExportMe {
    /// Only the messages after one of this room, and what follows them. Together with `after_seq`.
    pub after_room: Option<String>,
    /// Only the messages after this one of that room, and what follows them.
    pub after_seq: Option<u64>,
}

/// Begins to export all that is the caller's own.
///
/// # Errors
/// `invalid`, or the store's failure.
pub async fn me(api: &Api, caller: &Caller, request: ExportMe) -> Result<PersonExport, ApiError> {
    Ok(api.chat().export_user(&caller.user.id, after(&request)?).await?)
}

/// The message after which an export is to begin.
///
/// # Errors
/// `invalid` where only half of it is said; `export_not_found` where the room is none.
pub fn after(request: &ExportMe) -> Result<Option<PersonPosition>, ApiError> {
    match (&request.after_room, request.after_seq) {
        (None, None) => Ok(None),
        (Some(room), Some(seq)) => {
            let room = room.parse().map_err(|_| ApiError::new(ErrorCode::ExportNotFound))?;
            Ok(Some(PersonPosition { room, seq: fields::seq("after_seq", seq)? }))
        }
        _ => {
            Err(FieldError::new("after_seq", "together", "give after_room and after_seq, or neither").into())
        }
    }
}
