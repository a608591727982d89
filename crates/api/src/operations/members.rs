//! Who is in a room.

use chinwag_chat::{Member, Role};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Done, Made, fields, one_member, shape};
use crate::{Api, ApiError, Caller};

/// Asks for a room's members.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ListMembers {
    /// The room. Over HTTP the path says it.
    #[param(ignore)]
    pub room: String,
    /// Those after this user id.
    pub after: Option<String>,
    /// How many at most: 50 unless told, 200 at most.
    pub limit: Option<u64>,
}

/// A page of members.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MemberList {
    /// The members, in the order of their ids.
    #[schema(value_type = Vec<shape::Member>)]
    pub members: Vec<Member>,
    /// Whether there are more after them.
    pub has_more: bool,
}

/// A page of a room's members.
///
/// # Errors
/// `unknown_room`, `unknown_user` for an `after` that is no id, or the store's failure.
pub async fn list(api: &Api, caller: &Caller, request: ListMembers) -> Result<MemberList, ApiError> {
    let room = fields::room_id(&request.room)?;
    let after = request.after.as_deref().map(fields::user_id).transpose()?;
    let limit = fields::limit(request.limit);
    let page = api.chat().members(room, &caller.user.id, after.as_ref(), limit).await?;
    Ok(MemberList { members: page.items, has_more: page.has_more })
}

/// Adds a member, or joins a public room.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct AddMember {
    /// The room. Over HTTP the path says it.
    #[serde(default)]
    #[schema(ignore)]
    pub room: String,
    /// The user's id; one's own to join.
    pub user: String,
}

/// Adds a member, or joins a public room.
///
/// # Errors
/// `unknown_room`, `unknown_user`, `permission_denied`, `room_fixed`, or the store's failure.
pub async fn add(api: &Api, caller: &Caller, request: AddMember) -> Result<Made<Member>, ApiError> {
    let room = fields::room_id(&request.room)?;
    let user = fields::user_id(&request.user)?;
    let is_new = api.chat().add_member(room, &caller.user.id, user.clone()).await?;
    Ok(Made { is_new, body: one_member::find(api, room, &user).await? })
}

/// Sets a member's role.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct SetRole {
    /// The room. Over HTTP the path says it.
    #[serde(default)]
    #[schema(ignore)]
    pub room: String,
    /// The member's user id. Over HTTP the path says it.
    #[serde(default)]
    #[schema(ignore)]
    pub user: String,
    /// The new role.
    #[schema(value_type = shape::Role)]
    pub role: String,
}

/// Sets a member's role.
///
/// # Errors
/// `invalid`, `unknown_room`, `unknown_user`, `unknown_member`, `permission_denied`, `room_fixed`, or the store's
/// failure.
pub async fn set_role(api: &Api, caller: &Caller, request: SetRole) -> Result<Member, ApiError> {
    let room = fields::room_id(&request.room)?;
    let user = fields::user_id(&request.user)?;
    let role: Role = request.role.parse()?;
    api.chat().set_role(room, &caller.user.id, user.clone(), role).await?;
    one_member::find(api, room, &user).await
}

/// Removes a member, or leaves.
#[derive(Debug, Clone, Deserialize)]
pub struct RemoveMember {
    /// The room.
    pub room: String,
    /// The member's user id; one's own to leave.
    pub user: String,
}

/// Removes a member, or leaves.
///
/// # Errors
/// `unknown_room`, `unknown_user`, `unknown_member`, `permission_denied`, `room_fixed`, or the store's failure.
pub async fn remove(api: &Api, caller: &Caller, request: RemoveMember) -> Result<Done, ApiError> {
    let room = fields::room_id(&request.room)?;
    let user = fields::user_id(&request.user)?;
    api.chat().remove_member(room, &caller.user.id, user).await?;
    Ok(Done {})
}
