//! What keeping order in a room writes, one statement each: it is rare.

use chinwag_chat::{AuditNote, NewBan, RoomId, Timestamp, UserId};
use sqlx::PgConnection;

use crate::fault::Fault;

/// One row of it.
pub(crate) enum Order {
    /// Somebody is kept out.
    Ban(NewBan),
    /// Somebody is kept out no more.
    NoBan(UserId),
    /// A member may say nothing, or anything again.
    Mute(UserId, Option<Timestamp>),
    /// A member wrote.
    Posted(UserId, Timestamp),
    /// The other one wants nothing from this member.
    Blocked(UserId),
    /// What was done.
    Note(Timestamp, AuditNote),
}

pub(crate) const BAN: &str = "
    INSERT INTO bans (room, user_id, banned_by, reason, until, created_at) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (room, user_id) DO UPDATE SET banned_by = excluded.banned_by, reason = excluded.reason,
        until = excluded.until, created_at = excluded.created_at";
pub(crate) const NO_BAN: &str = "DELETE FROM bans WHERE room = $1 AND user_id = $2";
pub(crate) const MUTE: &str = "UPDATE members SET muted_until = $3 WHERE room = $1 AND user_id = $2";
pub(crate) const POSTED: &str = "UPDATE members SET posted_at = $3 WHERE room = $1 AND user_id = $2";
pub(crate) const BLOCKED: &str = "UPDATE members SET blocked = true WHERE room = $1 AND user_id = $2";
pub(crate) const NOTE: &str = "
    INSERT INTO audit (at, acted_by, action, room, user_id, details) VALUES ($1, $2, $3, $4, $5, $6)";

impl Order {
    pub(crate) async fn write(&self, transaction: &mut PgConnection, room: RoomId) -> Result<(), Fault> {
        let id = room.to_bytes();
        let query = match self {
            Self::Ban(ban) => sqlx::query(BAN)
                .bind(id)
                .bind(ban.user.as_str())
                .bind(ban.by.as_str())
                .bind(ban.reason.as_deref())
                .bind(ban.until.map(Timestamp::unix_ms))
                .bind(ban.created_at.unix_ms()),
            Self::NoBan(user) => sqlx::query(NO_BAN).bind(id).bind(user.as_str()),
            Self::Mute(user, until) => {
                sqlx::query(MUTE).bind(id).bind(user.as_str()).bind(until.map(Timestamp::unix_ms))
            }
            Self::Posted(user, at) => sqlx::query(POSTED).bind(id).bind(user.as_str()).bind(at.unix_ms()),
            Self::Blocked(user) => sqlx::query(BLOCKED).bind(id).bind(user.as_str()),
            Self::Note(at, note) => sqlx::query(NOTE)
                .bind(at.unix_ms())
                .bind(note.by.as_ref().map(UserId::as_str))
                .bind(note.action)
                .bind(note.room.map(RoomId::to_bytes))
                .bind(note.user.as_ref().map(UserId::as_str))
                .bind(note.details.as_ref().map(ToString::to_string)),
        };
        query.execute(transaction).await?;
        Ok(())
    }
}
