//! Rooms, their settings, and who is in them.

use utoipa::ToSchema;

use super::{Message, User};

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
    /// How many messages the caller has not read, deleted ones and those in threads not counted; 100 is "many".
    #[schema(maximum = 100)]
    pub unread: u64,
    /// How many messages that the caller has not read mention them; 100 is "many".
    #[schema(maximum = 100)]
    pub mentions: u64,
    /// What the caller wants to be told of; not there where they have not joined.
    #[schema(nullable = false)]
    pub notifications: Option<NotificationSettings>,
    /// The newest message.
    #[schema(nullable = false)]
    pub last_message: Option<Message>,
    /// When it was created.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// How it is set up, where that differs from the defaults.
    #[schema(nullable = false)]
    pub settings: Option<RoomSettings>,
}

/// How a room is set up. What is absent is as the protocol's table says.
#[derive(ToSchema)]
pub struct RoomSettings {
    /// How many seconds a member waits between two messages.
    #[schema(maximum = 86400)]
    pub slow_mode_s: Option<u32>,
    /// After how many days messages are removed; 0 is never.
    #[schema(maximum = 36500)]
    pub retention_days: Option<u32>,
    /// Who may do what.
    pub permissions: Option<Permissions>,
}

/// The least role for what a room may decide by itself.
#[derive(ToSchema)]
pub struct Permissions {
    /// To post.
    pub post: Option<Role>,
    /// To put emoji under messages.
    pub react: Option<Role>,
    /// To pin messages.
    pub pin: Option<Role>,
    /// To add others.
    pub invite: Option<Role>,
    /// To mention everybody.
    pub mention_room: Option<Role>,
}

/// Which messages notify.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum NotifyLevel {
    /// All that count as unread.
    All,
    /// Those that mention the caller.
    Mentions,
    /// None.
    None,
}

/// What a member wants to be told of in a room.
#[derive(ToSchema)]
pub struct NotificationSettings {
    /// Which messages notify.
    pub level: NotifyLevel,
    /// None of them does until then.
    #[schema(nullable = false, format = DateTime)]
    pub muted_until: Option<String>,
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
    /// How far their devices have the room's messages. Never behind `read_seq`.
    pub delivered_seq: u64,
    /// Until when they may say nothing.
    #[schema(format = DateTime, nullable = false)]
    pub muted_until: Option<String>,
}

/// How far a member has read.
#[derive(ToSchema)]
pub struct Cursor {
    /// The newest message that was read.
    pub read_seq: u64,
    /// How many there are after it, deleted ones and those in threads not counted; 100 is "many".
    #[schema(maximum = 100)]
    pub unread: u64,
    /// How many after it mention the caller; 100 is "many".
    #[schema(maximum = 100)]
    pub mentions: u64,
}

/// A room, as admins of the server see it.
#[derive(ToSchema)]
pub struct RoomSummary {
    /// The room's id.
    pub id: String,
    /// What sort of conversation.
    pub kind: RoomKind,
    /// Its name; direct rooms have none.
    pub name: Option<String>,
    /// How many members it has.
    pub member_count: u64,
    /// The newest message's number.
    pub head_seq: u64,
    /// When it was created.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When something was last said there.
    #[schema(format = DateTime, nullable = false)]
    pub last_message_at: Option<String>,
}
