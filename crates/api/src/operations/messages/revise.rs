//! Messages that change after they were sent.

use std::fmt;

use chinwag_chat::{Edit, Message, MessageView, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::operations::{fields, shape};
use crate::{Api, ApiError, Caller};

/// Changes what a message says.
#[derive(Clone, Deserialize, ToSchema)]
pub struct EditMessage {
    /// The room. Over HTTP the path says it.
    #[serde(default)]
    #[schema(ignore)]
    pub room: String,
    /// The message's number. Over HTTP the path says it.
    #[serde(default)]
    #[schema(ignore)]
    pub seq: u64,
    /// What it says from now on.
    #[schema(example = "Shall we, at four?")]
    pub text: String,
}

impl fmt::Debug for EditMessage {
    /// Not the text: what people write stays out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EditMessage")
            .field("room", &self.room)
            .field("seq", &self.seq)
            .finish_non_exhaustive()
    }
}

/// Changes what one's message says. Counts against the caller's rate of sends.
///
/// # Errors
/// `invalid`, `too_large`, `too_many_requests`, `unknown_room`, `unknown_message`, `permission_denied`, or the store's
/// failure.
pub async fn edit(api: &Api, caller: &Caller, request: EditMessage) -> Result<MessageView, ApiError> {
    api.rates().send(&caller.user.id)?;
    let room = fields::room_id(&request.room)?;
    api.rates().send_in(room)?;
    let seq = fields::message(request.seq)?;
    let message = api.chat().edit(room, &caller.user.id, seq, request.text).await?;
    with_what_others_added(api, &caller.user.id, message).await
}

/// Deletes a message.
#[derive(Debug, Clone, Deserialize)]
pub struct DeleteMessage {
    /// The room.
    pub room: String,
    /// The message's number.
    pub seq: u64,
}

/// Deletes a message; what is left of it. Counts against the caller's rate of sends.
///
/// # Errors
/// `too_many_requests`, `unknown_room`, `unknown_message` also where it is deleted already, `permission_denied`, or the
/// store's failure.
pub async fn delete(api: &Api, caller: &Caller, request: DeleteMessage) -> Result<MessageView, ApiError> {
    api.rates().send(&caller.user.id)?;
    let room = fields::room_id(&request.room)?;
    api.rates().send_in(room)?;
    let seq = fields::message(request.seq)?;
    let message = api.chat().delete(room, &caller.user.id, seq).await?;
    with_what_others_added(api, &caller.user.id, message).await
}

/// The message as a page would show it.
async fn with_what_others_added(
    api: &Api,
    viewer: &UserId,
    message: Message,
) -> Result<MessageView, ApiError> {
    let view = api.chat().store().message(message.room, viewer, message.seq).await?;
    Ok(view.unwrap_or_else(|| message.into()))
}

/// Asks what a message said before.
#[derive(Debug, Clone, Deserialize)]
pub struct ListEdits {
    /// The room.
    pub room: String,
    /// The message's number.
    pub seq: u64,
}

/// What a message said before.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EditList {
    /// The texts, the oldest first.
    #[schema(value_type = Vec<shape::Edit>)]
    pub edits: Vec<Edit>,
}

/// What a message said before it was edited: for its sender and the room's admins.
///
/// # Errors
/// `unknown_room`, `unknown_message`, `permission_denied`, or the store's failure.
pub async fn edits(api: &Api, caller: &Caller, request: ListEdits) -> Result<EditList, ApiError> {
    let room = fields::room_id(&request.room)?;
    let seq = fields::message(request.seq)?;
    Ok(EditList { edits: api.chat().edits(room, &caller.user.id, seq).await? })
}
