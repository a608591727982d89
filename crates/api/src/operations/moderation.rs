//! Keeping order in rooms, and oneself in peace.

use chinwag_chat::{Ban, ReportReason, Timestamp, User};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Done, fields, shape};
use crate::{Api, ApiError, Caller};

/// Keeps somebody out of a room.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct BanUser {
    /// The room. Over HTTP the path says it.
    #[serde(default)]
    #[schema(ignore)]
    pub room: String,
    /// Whom. Over HTTP the path says it.
    #[serde(default)]
    #[schema(ignore)]
    pub user: String,
    /// Why: 500 characters at most.
    #[schema(nullable = false)]
    pub reason: Option<String>,
    /// Until when; for good without.
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub until: Option<Timestamp>,
}

/// Keeps somebody out of a room, and removes them if they are in it.
///
/// # Errors
/// `invalid`, `unknown_room`, `unknown_user`, `permission_denied`, `room_fixed`, or the store's failure.
pub async fn ban(api: &Api, caller: &Caller, request: BanUser) -> Result<Done, ApiError> {
    let (room, user) = (fields::room_id(&request.room)?, fields::user_id(&request.user)?);
    api.chat().ban(room, &caller.user.id, user, request.reason, request.until).await?;
    Ok(Done {})
}

/// Names somebody in a room.
#[derive(Debug, Clone, Deserialize)]
pub struct UserInRoom {
    /// The room.
    pub room: String,
    /// Whom.
    pub user: String,
}

/// Lets somebody into a room again.
///
/// # Errors
/// `unknown_room`, `unknown_user`, `permission_denied`, `room_fixed`, or the store's failure.
pub async fn unban(api: &Api, caller: &Caller, request: UserInRoom) -> Result<Done, ApiError> {
    let (room, user) = (fields::room_id(&request.room)?, fields::user_id(&request.user)?);
    api.chat().unban(room, &caller.user.id, user).await?;
    Ok(Done {})
}

/// Asks who is kept out of a room.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ListBans {
    /// The room. Over HTTP the path says it.
    #[param(ignore)]
    pub room: String,
    /// Those after this user id.
    pub after: Option<String>,
    /// How many at most: 50 unless told, 200 at most.
    pub limit: Option<u64>,
}

/// Who is kept out of a room.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BanList {
    /// The bans, in the order of their users' ids.
    #[schema(value_type = Vec<shape::Ban>)]
    pub bans: Vec<Ban>,
    /// Whether there are more after them.
    pub has_more: bool,
}

/// Who is kept out of a room: for its admins.
///
/// # Errors
/// `unknown_room`, `permission_denied`, or the store's failure.
pub async fn bans(api: &Api, caller: &Caller, request: ListBans) -> Result<BanList, ApiError> {
    let room = fields::room_id(&request.room)?;
    let after = request.after.as_deref().map(fields::user_id).transpose()?;
    let page = api.chat().bans(room, &caller.user.id, after.as_ref(), fields::limit(request.limit)).await?;
    Ok(BanList { bans: page.items, has_more: page.has_more })
}

/// Has a member say nothing.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct MuteMember {
    /// The room. Over HTTP the path says it.
    #[serde(default)]
    #[schema(ignore)]
    pub room: String,
    /// Whom. Over HTTP the path says it.
    #[serde(default)]
    #[schema(ignore)]
    pub user: String,
    /// Until when; for good without.
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub until: Option<Timestamp>,
}

/// Has a member say nothing, for good or for a while.
///
/// # Errors
/// `invalid`, `unknown_room`, `unknown_member`, `permission_denied`, `room_fixed`, or the store's failure.
pub async fn mute(api: &Api, caller: &Caller, request: MuteMember) -> Result<Done, ApiError> {
    let (room, user) = (fields::room_id(&request.room)?, fields::user_id(&request.user)?);
    api.chat().mute(room, &caller.user.id, user, request.until).await?;
    Ok(Done {})
}

/// Lets a member speak again.
///
/// # Errors
/// `unknown_room`, `unknown_member`, `permission_denied`, `room_fixed`, or the store's failure.
pub async fn unmute(api: &Api, caller: &Caller, request: UserInRoom) -> Result<Done, ApiError> {
    let (room, user) = (fields::room_id(&request.room)?, fields::user_id(&request.user)?);
    api.chat().unmute(room, &caller.user.id, user).await?;
    Ok(Done {})
}

/// Names somebody from whom one wants nothing, or something again.
#[derive(Debug, Clone, Deserialize)]
pub struct BlockUser {
    /// Whom.
    pub user: String,
}

/// Wants nothing from somebody any more.
///
/// # Errors
/// `invalid` for oneself, `unknown_user`, `limit_exceeded`, or the store's failure.
pub async fn block(api: &Api, caller: &Caller, request: BlockUser) -> Result<Done, ApiError> {
    api.chat().set_block(&caller.user.id, &fields::user_id(&request.user)?, true).await?;
    Ok(Done {})
}

/// Takes something from somebody again.
///
/// # Errors
/// As [`block`].
pub async fn unblock(api: &Api, caller: &Caller, request: BlockUser) -> Result<Done, ApiError> {
    api.chat().set_block(&caller.user.id, &fields::user_id(&request.user)?, false).await?;
    Ok(Done {})
}

/// Asks from whom one wants nothing.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub struct ListBlocks {}

/// From whom the caller wants nothing.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BlockList {
    /// The people, in the order of their ids.
    #[schema(value_type = Vec<shape::User>)]
    pub users: Vec<User>,
}

/// From whom the caller wants nothing.
///
/// # Errors
/// The store's failure.
pub async fn blocks(api: &Api, caller: &Caller, _request: ListBlocks) -> Result<BlockList, ApiError> {
    Ok(BlockList { users: api.chat().blocked_by(&caller.user.id).await? })
}

/// Reports a message.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ReportMessage {
    /// The room. Over HTTP the path says it.
    #[serde(default)]
    #[schema(ignore)]
    pub room: String,
    /// The message's number. Over HTTP the path says it.
    #[serde(default)]
    #[schema(ignore)]
    pub seq: u64,
    /// What is wrong with it.
    #[schema(value_type = shape::ReportReason)]
    pub reason: String,
    /// What else there is to say: 500 characters at most.
    #[schema(nullable = false)]
    pub comment: Option<String>,
}

/// Reports a message to those who look after the server.
///
/// # Errors
/// `invalid`, `unknown_room`, `unknown_message`, or the store's failure.
pub async fn report(api: &Api, caller: &Caller, request: ReportMessage) -> Result<Done, ApiError> {
    let room = fields::room_id(&request.room)?;
    let seq = fields::message(request.seq)?;
    let reason: ReportReason = request.reason.parse()?;
    api.chat().report(room, &caller.user.id, seq, reason, request.comment).await?;
    Ok(Done {})
}
