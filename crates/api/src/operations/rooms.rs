//! Rooms.

use chinwag_chat::{FieldError, RoomKind, RoomName, RoomView, SettingsPatch, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::fields::{self, Mistakes};
use super::{Made, shape};
use crate::{Api, ApiError, Caller};

/// Asks for the caller's rooms.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ListRooms {
    /// Only those that come after this room of the caller's: the last one of the page before.
    pub after: Option<String>,
    /// How many at most: 50 unless told, 200 at most.
    pub limit: Option<u64>,
}

/// Rooms.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoomList {
    /// The rooms, the most recently active first.
    #[schema(value_type = Vec<shape::Room>)]
    pub rooms: Vec<RoomView>,
}

/// The caller's rooms.
///
/// # Errors
/// `unknown_room`, or the store's failure.
pub async fn list(api: &Api, caller: &Caller, request: ListRooms) -> Result<RoomList, ApiError> {
    let after =
        request.after.as_deref().filter(|after| !after.is_empty()).map(fields::room_id).transpose()?;
    let rooms = api.chat().store().rooms_of(&caller.user.id, after, fields::limit(request.limit)).await?;
    Ok(RoomList { rooms })
}

/// Looks for rooms that anybody may join.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ListPublicRooms {
    /// Words of the name.
    #[param(max_length = 256)]
    pub query: String,
    /// How many at most: 50 unless told, 200 at most.
    pub limit: Option<u64>,
}

/// Rooms that anybody may join.
///
/// # Errors
/// `invalid`, or the store's failure.
pub async fn list_public(api: &Api, caller: &Caller, request: ListPublicRooms) -> Result<RoomList, ApiError> {
    let limit = fields::limit(request.limit);
    let rooms =
        api.chat().store().public_rooms(fields::name_query(&request.query)?, &caller.user.id, limit).await?;
    Ok(RoomList { rooms })
}

/// Creates a room.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CreateRoom {
    /// What sort of conversation.
    #[schema(value_type = shape::RoomKind)]
    pub kind: String,
    /// Its name, unless it is direct.
    #[schema(example = "Harbour")]
    pub name: Option<String>,
    /// The ids of those who are in it from the start, besides the caller.
    #[serde(default)]
    pub members: Vec<String>,
}

/// Creates a room, or finds the direct room that the two have already.
///
/// # Errors
/// `invalid`, `unknown_user`, `limit_exceeded`, or the store's failure.
pub async fn create(api: &Api, caller: &Caller, request: CreateRoom) -> Result<Made<RoomView>, ApiError> {
    let mut mistakes = Mistakes::default();
    let kind = mistakes.take(request.kind.parse::<RoomKind>());
    let name = mistakes.take(request.name.map(|name| name.parse::<RoomName>()).transpose());
    let (Some(kind), Some(name)) = (kind, name) else { return Err(mistakes.refuse()) };
    let members: Vec<UserId> =
        request.members.iter().map(|id| fields::user_id(id)).collect::<Result<_, _>>()?;
    let made = api.chat().create_room(&caller.user.id, kind, name, members).await?;
    Ok(Made { is_new: made.created, body: made.room })
}

/// Asks for one room.
#[derive(Debug, Clone, Deserialize)]
pub struct GetRoom {
    /// Which.
    #[serde(alias = "room")]
    pub id: String,
}

/// One room as the caller sees it.
///
/// # Errors
/// `unknown_room`, or the store's failure.
pub async fn get(api: &Api, caller: &Caller, request: GetRoom) -> Result<RoomView, ApiError> {
    Ok(api.chat().room(fields::room_id(&request.id)?, &caller.user.id).await?)
}

/// Renames a room, or sets it up otherwise.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct UpdateRoom {
    /// Which. Over HTTP the path says it.
    #[serde(default, alias = "room")]
    #[schema(ignore)]
    pub id: String,
    /// Its new name.
    #[schema(example = "Harbour", nullable = false)]
    pub name: Option<String>,
    /// The settings that are to be others: what is not named stays, `null` is the default.
    #[schema(value_type = Option<shape::RoomSettings>, nullable = false)]
    pub settings: Option<SettingsPatch>,
}

/// Renames a room, or sets it up otherwise.
///
/// # Errors
/// `invalid`, `unknown_room`, `permission_denied`, `room_fixed`, or the store's failure.
pub async fn update(api: &Api, caller: &Caller, request: UpdateRoom) -> Result<RoomView, ApiError> {
    let room = fields::room_id(&request.id)?;
    if request.name.is_none() && request.settings.is_none() {
        return Err(FieldError::new("name", "missing", "give a name or settings").into());
    }
    let name = request.name.map(|name| name.parse::<RoomName>()).transpose()?;
    let settings = request.settings.unwrap_or_default();
    Ok(api.chat().update_room(room, &caller.user.id, name, settings).await?)
}
