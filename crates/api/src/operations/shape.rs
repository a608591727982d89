//! The shapes of the domain's own types on the wire, for the OpenAPI document.
//!
//! The domain serializes itself, here and on channels alike, and knows nothing of OpenAPI; these describe the result.
//! A test holds them against it.

mod messages;
mod moderation;
mod people;
mod presence;
mod rooms;

pub use messages::{Edit, File, Mentions, Message, Preview, Reaction, Replies, Thread};
pub use moderation::{AuditEntry, Ban, Report, ReportAction, ReportReason, ReportState, ReportedRoom};
pub use people::{Account, Profile, User};
pub use presence::{Presence, PresenceEntry, PresenceWish};
pub use rooms::{
    Cursor, Member, NotificationSettings, NotifyLevel, Permissions, Role, Room, RoomKind, RoomSettings,
    RoomSummary,
};

#[cfg(test)]
mod tests;
