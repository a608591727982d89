//! What one wants to be told of.

use chinwag_chat::{NotificationChange, NotificationSettings, NotifyLevel, Timestamp};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::{fields, shape};
use crate::{Api, ApiError, Caller};

/// Changes what the caller wants to be told of in a room. What is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct SetNotifications {
    /// The room. Over HTTP the path says it.
    #[schema(ignore)]
    pub room: String,
    /// Which messages notify.
    #[schema(value_type = Option<shape::NotifyLevel>, nullable = false)]
    pub level: Option<String>,
    /// None notifies until then; null ends the silence.
    #[serde(deserialize_with = "stated")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub muted_until: Option<Option<Timestamp>>,
}

/// A field that was stated, be it null.
fn stated<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Timestamp>>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

/// Changes what the caller wants to be told of in a room; tells their other devices.
///
/// # Errors
/// `invalid`, `unknown_room`, `permission_denied` for who is no member, or the store's failure.
pub async fn set(
    api: &Api,
    caller: &Caller,
    request: SetNotifications,
) -> Result<NotificationSettings, ApiError> {
    let room = fields::room_id(&request.room)?;
    let level = request.level.map(|level| level.parse::<NotifyLevel>()).transpose()?;
    let change = NotificationChange { level, muted_until: request.muted_until };
    Ok(api.chat().set_notifications(room, &caller.user.id, change).await?)
}
