//! What keeps order: bans, reports, and what was done.

use utoipa::ToSchema;

use super::{Message, RoomKind, User};

/// Somebody who is kept out of a room.
#[derive(ToSchema)]
pub struct Ban {
    /// Who.
    pub user: User,
    /// Who decided.
    pub by: User,
    /// Why.
    #[schema(nullable = false)]
    pub reason: Option<String>,
    /// Until when; for good without.
    #[schema(format = DateTime, nullable = false)]
    pub until: Option<String>,
    /// Since when.
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// What is wrong with a message.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum ReportReason {
    /// It advertises.
    Spam,
    /// It harms somebody.
    Abuse,
    /// Something else.
    Other,
}

/// What became of a report.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum ReportAction {
    /// Nothing.
    Dismiss,
    /// The message was deleted.
    DeleteMessage,
    /// Its sender was banned from the room.
    BanSender,
    /// Its sender's account was disabled.
    DisableSender,
}

/// Where a report stands.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum ReportState {
    /// Nobody has looked after it.
    Open,
    /// Somebody has.
    Closed,
}

/// Where a reported message was said.
#[derive(ToSchema)]
pub struct ReportedRoom {
    /// The room's id.
    pub id: String,
    /// Its name; direct rooms have none.
    pub name: Option<String>,
    /// What sort of conversation.
    pub kind: RoomKind,
}

/// A message that somebody reported.
#[derive(ToSchema)]
pub struct Report {
    /// The report's id.
    pub id: String,
    /// The message as it is now.
    pub message: Message,
    /// Where it was said.
    pub room: ReportedRoom,
    /// Who reported it.
    pub by: User,
    /// What is wrong with it.
    pub reason: ReportReason,
    /// What else they said.
    #[schema(nullable = false)]
    pub comment: Option<String>,
    /// When.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Where it stands.
    pub state: ReportState,
    /// Who looked after it.
    #[schema(nullable = false)]
    pub closed_by: Option<User>,
    /// When.
    #[schema(format = DateTime, nullable = false)]
    pub closed_at: Option<String>,
    /// What they did.
    #[schema(nullable = false)]
    pub action: Option<ReportAction>,
    /// What they remarked.
    #[schema(nullable = false)]
    pub note: Option<String>,
}

/// Something that was done.
#[derive(ToSchema)]
pub struct AuditEntry {
    /// The deed's id.
    pub id: String,
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
    /// Who did it; null where it was the operator.
    pub by: Option<User>,
    /// What.
    #[schema(example = "user.disabled")]
    pub action: String,
    /// In which room.
    #[schema(nullable = false)]
    pub room: Option<String>,
    /// To whom.
    #[schema(nullable = false)]
    pub user: Option<User>,
    /// What else there is to know.
    #[schema(value_type = Option<Object>, nullable = false)]
    pub details: Option<serde_json::Value>,
}
