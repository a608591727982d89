//! The shapes of the domain's own types on the wire, for the OpenAPI document.
//!
//! The domain serializes itself, here and on channels alike, and knows nothing of OpenAPI; these describe the result.
//! A test holds them against it.

use utoipa::ToSchema;

/// Somebody.
#[derive(ToSchema)]
pub struct User {
    /// The user's id.
    #[schema(example = "01KAJQ8ZQK7N5V3T2R9X4M6B1C", max_length = 64)]
    pub id: String,
    /// The unique name one signs in with and is found by.
    #[schema(example = "ada")]
    pub name: String,
    /// The name shown beside messages.
    #[schema(example = "Ada Lovelace")]
    pub display_name: String,
}

/// What sort of conversation a room is.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum RoomKind {
    /// Everybody may find, read and join it.
    Public,
    /// Only for those whom its admins added.
    Private,
    /// Members are equals and any of them may add another.
    Group,
    /// Two people, the same room every time.
    Direct,
}

/// What a member may do.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Role {
    /// Reads and posts.
    Member,
    /// Also adds, removes and renames.
    Admin,
    /// Also sets roles.
    Owner,
}

/// A room as the caller sees it.
#[derive(ToSchema)]
pub struct Room {
    /// The room's id.
    #[schema(example = "01KAJQ8ZQK7N5V3T2R9X4M6B1D")]
    pub id: String,
    /// What sort of conversation.
    pub kind: RoomKind,
    /// Its name; direct rooms have none.
    #[schema(example = "Harbour")]
    pub name: Option<String>,
    /// The other one of a direct room.
    #[schema(nullable = false)]
    pub peer: Option<User>,
    /// The caller's role; null where a public room was not joined.
    pub role: Option<Role>,
    /// How many members it has.
    pub member_count: u64,
    /// The newest message's number.
    pub head_seq: u64,
    /// The newest change's number.
    pub head_rev: u64,
    /// How far the caller has read.
    pub read_seq: u64,
    /// How many messages the caller has not read.
    pub unread: u64,
    /// The newest message.
    #[schema(nullable = false)]
    pub last_message: Option<Message>,
    /// When it was created.
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// A user's membership of a room.
#[derive(ToSchema)]
pub struct Member {
    /// Who.
    pub user: User,
    /// What they may do.
    pub role: Role,
    /// Since when.
    #[schema(format = DateTime)]
    pub joined_at: String,
    /// How far they have read.
    pub read_seq: u64,
}

/// A post in a room.
#[derive(ToSchema)]
pub struct Message {
    /// The message's id.
    #[schema(example = "01KAJQ8ZQK7N5V3T2R9X4M6B1E")]
    pub id: String,
    /// Where it was posted.
    pub room: String,
    /// Its number among the room's messages.
    pub seq: u64,
    /// The number of the change that created it.
    pub rev: u64,
    /// Who posted it.
    pub sender: User,
    /// The sender's own id for it.
    #[schema(max_length = 64)]
    pub client_id: String,
    /// What it says.
    #[schema(example = "Shall we?")]
    pub text: String,
    /// When it was accepted.
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// How far a member has read.
#[derive(ToSchema)]
pub struct Cursor {
    /// The newest message that was read.
    pub read_seq: u64,
    /// How many there are after it.
    pub unread: u64,
}

#[cfg(test)]
mod tests;
