//! How far one has read.

use chinwag_chat::Cursor;
use serde::Deserialize;
use utoipa::ToSchema;

use super::fields;
use crate::{Api, ApiError, Caller};

/// Moves the caller's read cursor.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct MarkRead {
    /// The room. Over HTTP the path says it.
    #[serde(default)]
    #[schema(ignore)]
    pub room: String,
    /// The newest message that was read.
    pub seq: u64,
}

/// Moves the caller's read cursor forward, never back, and tells their other devices.
///
/// # Errors
/// `invalid`, `unknown_room`, `permission_denied` for who is no member, or the store's failure.
pub async fn read(api: &Api, caller: &Caller, request: MarkRead) -> Result<Cursor, ApiError> {
    let room = fields::room_id(&request.room)?;
    let seq = fields::seq("seq", request.seq)?;
    Ok(api.chat().mark_read(room, &caller.user.id, seq).await?)
}
