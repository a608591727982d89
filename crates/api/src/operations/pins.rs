//! Messages that are to be found easily.

use chinwag_chat::MessageView;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Done, fields, shape};
use crate::{Api, ApiError, Caller};

/// Pins a message, or unpins it.
#[derive(Debug, Clone, Deserialize)]
pub struct Pin {
    /// The room.
    pub room: String,
    /// The message's number.
    pub seq: u64,
}

/// Pins a message; one that is pinned stays so.
///
/// # Errors
/// `unknown_room`, `unknown_message`, `permission_denied`, `limit_exceeded`, or the store's failure.
pub async fn add(api: &Api, caller: &Caller, request: Pin) -> Result<Done, ApiError> {
    pin(api, caller, request, true).await
}

/// Unpins a message; it may be unpinned already.
///
/// # Errors
/// `unknown_room`, `unknown_message`, `permission_denied`, or the store's failure.
pub async fn remove(api: &Api, caller: &Caller, request: Pin) -> Result<Done, ApiError> {
    pin(api, caller, request, false).await
}

async fn pin(api: &Api, caller: &Caller, request: Pin, pinned: bool) -> Result<Done, ApiError> {
    let room = fields::room_id(&request.room)?;
    let seq = fields::message(request.seq)?;
    api.chat().pin(room, &caller.user.id, seq, pinned).await?;
    Ok(Done {})
}

/// Asks for a room's pinned messages.
#[derive(Debug, Clone, Deserialize)]
pub struct ListPins {
    /// The room.
    pub room: String,
}

/// A room's pinned messages.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PinList {
    /// The messages, the last one that was pinned first.
    #[schema(value_type = Vec<shape::Message>)]
    pub messages: Vec<MessageView>,
}

/// A room's pinned messages.
///
/// # Errors
/// `unknown_room`, or the store's failure.
pub async fn list(api: &Api, caller: &Caller, request: ListPins) -> Result<PinList, ApiError> {
    let room = fields::room_id(&request.room)?;
    Ok(PinList { messages: api.chat().pins(room, &caller.user.id).await? })
}
