//! Writes what keeping order in a room decides.

use chinwag_chat::{NewBan, RoomId, Timestamp, UserId};
use rusqlite::{Connection, params};

use super::execute;
use crate::fault::Fault;

pub(super) fn put_ban(transaction: &Connection, room: RoomId, ban: &NewBan) -> Result<(), Fault> {
    execute(
        transaction,
        "INSERT OR REPLACE INTO bans (room, user, banned_by, reason, until, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            room.to_bytes(),
            ban.user.as_str(),
            ban.by.as_str(),
            ban.reason,
            ban.until.map(Timestamp::unix_ms),
            ban.created_at.unix_ms(),
        ],
    )
}

pub(super) fn delete_ban(transaction: &Connection, room: RoomId, user: &UserId) -> Result<(), Fault> {
    let sql = "DELETE FROM bans WHERE room = ?1 AND user = ?2";
    execute(transaction, sql, params![room.to_bytes(), user.as_str()])
}

pub(super) fn set_mute(
    transaction: &Connection,
    room: RoomId,
    user: &UserId,
    until: Option<Timestamp>,
) -> Result<(), Fault> {
    let sql = "UPDATE members SET muted_until = ?3 WHERE room = ?1 AND user = ?2";
    execute(transaction, sql, params![room.to_bytes(), user.as_str(), until.map(Timestamp::unix_ms)])
}

pub(super) fn note_post(
    transaction: &Connection,
    room: RoomId,
    user: &UserId,
    at: Timestamp,
) -> Result<(), Fault> {
    let sql = "UPDATE members SET posted_at = ?3 WHERE room = ?1 AND user = ?2";
    execute(transaction, sql, params![room.to_bytes(), user.as_str(), at.unix_ms()])
}

pub(super) fn set_blocked(transaction: &Connection, room: RoomId, user: &UserId) -> Result<(), Fault> {
    let sql = "UPDATE members SET blocked = 1 WHERE room = ?1 AND user = ?2";
    execute(transaction, sql, params![room.to_bytes(), user.as_str()])
}
