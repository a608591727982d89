//! All rooms: that they are there, not what is said in them.

use chinwag_chat::store::RoomSummary;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::require;
use crate::operations::{fields, shape};
use crate::{Api, ApiError, Caller};

/// Asks for rooms.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ListAllRooms {
    /// Words of the name.
    #[param(max_length = 256)]
    pub query: String,
    /// Those after this room id.
    pub after: Option<String>,
    /// How many at most: 50 unless told, 200 at most.
    pub limit: Option<u64>,
}

/// A page of rooms.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AllRooms {
    /// The rooms, in the order of their ids: the oldest first.
    #[schema(value_type = Vec<shape::RoomSummary>)]
    pub rooms: Vec<RoomSummary>,
    /// Whether there are more after them.
    pub has_more: bool,
}

/// A page of all rooms there are.
///
/// # Errors
/// `permission_denied`, `invalid`, `unknown_room` for an `after` that is no id, or the store's failure.
pub async fn rooms(api: &Api, caller: &Caller, request: ListAllRooms) -> Result<AllRooms, ApiError> {
    require(api, caller).await?;
    let after = request.after.as_deref().map(fields::room_id).transpose()?;
    let limit = fields::limit(request.limit);
    let page = api.chat().store().all_rooms(fields::name_query(&request.query)?, after, limit).await?;
    Ok(AllRooms { rooms: page.items, has_more: page.has_more })
}
