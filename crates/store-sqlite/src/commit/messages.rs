//! Writes messages, and what became of them.

use chinwag_chat::{Edit, Message, RoomId, Seq, Timestamp};
use rusqlite::{Connection, params};

use super::execute;
use crate::fault::Fault;
use crate::fields::{limit, signed};
use crate::search::index;

/// A new message, with whom it mentions.
pub(super) fn insert(transaction: &Connection, message: &Message) -> Result<(), Fault> {
    let search_id = index::next_id(transaction, message.created_at)?;
    execute(
        transaction,
        "INSERT INTO messages (room, seq, rev, id, sender, client_id, created_at, text, details, thread, search_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            message.room.to_bytes(),
            signed(message.seq.0),
            signed(message.rev.0),
            message.id.to_bytes(),
            message.sender.id.as_str(),
            message.client_id.as_str(),
            message.created_at.unix_ms(),
            message.text.as_str(),
            message.details.to_stored().map_err(Fault::damaged)?,
            message.details.thread.map(|seq| signed(seq.0)),
            search_id,
        ],
    )?;
    index::insert(transaction, search_id, message)?;
    mention(transaction, message)
}

/// A message as it is from now on.
pub(super) fn revise(transaction: &Connection, message: &Message) -> Result<(), Fault> {
    let (room, seq) = (message.room.to_bytes(), signed(message.seq.0));
    execute(
        transaction,
        "UPDATE messages SET text = ?3, details = ?4, deleted = ?5, pinned_at = ?6 WHERE room = ?1 AND seq = ?2",
        params![
            room,
            seq,
            message.text.as_str(),
            message.details.to_stored().map_err(Fault::damaged)?,
            message.is_deleted(),
            message.details.pinned_at.map(Timestamp::unix_ms),
        ],
    )?;
    execute(transaction, "DELETE FROM mentions WHERE room = ?1 AND seq = ?2", params![room, seq])?;
    execute(transaction, "DELETE FROM room_mentions WHERE room = ?1 AND seq = ?2", params![room, seq])?;
    mention(transaction, message)
}

/// What a message said until now.
pub(super) fn keep_edit(transaction: &Connection, room: RoomId, seq: Seq, edit: &Edit) -> Result<(), Fault> {
    execute(
        transaction,
        "INSERT INTO message_edits (room, seq, rev, text, replaced_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            room.to_bytes(),
            signed(seq.0),
            signed(edit.rev.0),
            edit.text.as_str(),
            edit.replaced_at.unix_ms(),
        ],
    )?;
    execute(
        transaction,
        "DELETE FROM message_edits WHERE room = ?1 AND seq = ?2 AND rev <= (
             SELECT rev FROM message_edits WHERE room = ?1 AND seq = ?2 ORDER BY rev DESC LIMIT 1 OFFSET ?3)",
        params![room.to_bytes(), signed(seq.0), limit(Edit::MAX_KEPT)],
    )
}

/// What a message said before, and what others put under it, is gone.
pub(super) fn forget(transaction: &Connection, room: RoomId, seq: Seq) -> Result<(), Fault> {
    let which = params![room.to_bytes(), signed(seq.0)];
    execute(transaction, "DELETE FROM message_edits WHERE room = ?1 AND seq = ?2", which)?;
    execute(transaction, "DELETE FROM reactions WHERE room = ?1 AND seq = ?2", which)
}

fn mention(transaction: &Connection, message: &Message) -> Result<(), Fault> {
    let (room, seq) = (message.room.to_bytes(), signed(message.seq.0));
    for user in &message.details.mentions.users {
        execute(
            transaction,
            "INSERT INTO mentions (user, room, seq) VALUES (?1, ?2, ?3)",
            params![user.as_str(), room, seq],
        )?;
    }
    if message.details.mentions.room {
        execute(transaction, "INSERT INTO room_mentions (room, seq) VALUES (?1, ?2)", params![room, seq])?;
    }
    Ok(())
}
