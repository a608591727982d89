//! What people put under messages.

use chinwag_chat::Emoji;
use serde::Deserialize;

use super::{Done, fields};
use crate::{Api, ApiError, Caller};

/// Puts an emoji under a message, or takes it away.
#[derive(Debug, Clone, Deserialize)]
pub struct React {
    /// The room.
    pub room: String,
    /// The message's number.
    pub seq: u64,
    /// Which emoji.
    pub emoji: String,
}

/// Puts an emoji under a message; one that is there already stays. Counts against the caller's rate of sends.
///
/// # Errors
/// `invalid`, `too_many_requests`, `unknown_room`, `unknown_message`, `permission_denied`, `limit_exceeded`, or the
/// store's failure.
pub async fn add(api: &Api, caller: &Caller, request: React) -> Result<Done, ApiError> {
    react(api, caller, request, true).await
}

/// Takes an emoji of the caller's away; none may be there. Counts against the caller's rate of sends.
///
/// # Errors
/// As [`add`], but for `limit_exceeded`.
pub async fn remove(api: &Api, caller: &Caller, request: React) -> Result<Done, ApiError> {
    react(api, caller, request, false).await
}

async fn react(api: &Api, caller: &Caller, request: React, present: bool) -> Result<Done, ApiError> {
    api.rates().send(&caller.user.id)?;
    let room = fields::room_id(&request.room)?;
    api.rates().send_in(room)?;
    let seq = fields::message(request.seq)?;
    let emoji: Emoji = request.emoji.parse()?;
    api.chat().react(room, &caller.user.id, seq, emoji, present).await?;
    Ok(Done {})
}
