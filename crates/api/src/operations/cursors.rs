//! How far one has read, and how far one's devices have got.

use chinwag_chat::Cursor;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Done, fields};
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

/// Moves the caller's read cursor forward, never back; tells their other devices and, in a small room, the others.
///
/// # Errors
/// `invalid`, `unknown_room`, `permission_denied` for who is no member, or the store's failure.
pub async fn read(api: &Api, caller: &Caller, request: MarkRead) -> Result<Cursor, ApiError> {
    let room = fields::room_id(&request.room)?;
    let seq = fields::seq("seq", request.seq)?;
    Ok(api.chat().mark_read(room, &caller.user.id, seq).await?)
}

/// Notes how far a device of the caller's has the room's messages.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct MarkDelivered {
    /// The room. Over HTTP the path says it.
    #[serde(default)]
    #[schema(ignore)]
    pub room: String,
    /// The newest message that the device has.
    pub seq: u64,
}

/// Notes that a device of the caller's has the messages up to here; tells the others in a small room.
///
/// # Errors
/// `invalid`, `unknown_room`, `permission_denied` for who is no member, or the store's failure.
pub async fn delivered(api: &Api, caller: &Caller, request: MarkDelivered) -> Result<Done, ApiError> {
    let room = fields::room_id(&request.room)?;
    let seq = fields::seq("seq", request.seq)?;
    api.chat().mark_delivered(room, &caller.user.id, seq).await?;
    Ok(Done {})
}
