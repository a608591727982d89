//! What one user's program tells another's, at once or never.

use std::fmt;

use chinwag_chat::EventName;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::fields;
use crate::{Api, ApiError, Caller};

/// Tells a user's connections something that is kept nowhere.
#[derive(Clone, Deserialize, ToSchema)]
pub struct SendEvent {
    /// The user. Over HTTP the path says it.
    #[serde(default)]
    #[schema(ignore)]
    pub id: String,
    /// What sort of thing it is, by a name that the programs agree on: 1 to 64 lower-case letters, digits, `.`, `_` and `-`.
    #[serde(rename = "type")]
    #[schema(example = "call.offer", max_length = 64)]
    pub event: String,
    /// What it says: any JSON.
    #[serde(default)]
    pub data: Value,
}

impl fmt::Debug for SendEvent {
    /// Not the data: what people say to each other stays out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendEvent").field("id", &self.id).field("event", &self.event).finish_non_exhaustive()
    }
}

/// Whom an event may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct EventSent {
    /// How many connections the user has, as far as is known: a hint, never a promise.
    pub connections: usize,
}

/// Tells a user's connections something that is kept nowhere. One may tell oneself, and whomever one shares a room with.
/// Counts against the sender's rate of sends.
///
/// # Errors
/// `invalid`, `too_large`, `too_many_requests`, `unknown_user`, or the store's failure.
pub async fn send(api: &Api, caller: &Caller, request: SendEvent) -> Result<EventSent, ApiError> {
    api.rates().send(&caller.user.id)?;
    let to = fields::user_id(&request.id)?;
    let event: EventName = request.event.parse()?;
    api.chat().send_event(&caller.user, &to, event, &request.data).await?;
    Ok(EventSent { connections: api.presence().connection_count(&to).await })
}
