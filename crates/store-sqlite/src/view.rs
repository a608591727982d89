//! The queries for messages and for rooms as one user sees them.

use chinwag_chat::{Message, Role, RoomId, RoomView, Seq};
use rusqlite::{Connection, params};

use crate::fault::Fault;
use crate::fields::{Fields, signed};
use crate::query::one;

/// Messages of room `?1`, by an index where one is named; the fields are those of [`Fields::message`].
macro_rules! messages {
    ($which:literal) => {
        crate::view::messages!("", $which)
    };
    ($index:literal, $which:literal) => {
        concat!(
            "SELECT m.seq, m.rev, m.id, m.client_id, m.created_at, m.text, m.details, u.id, u.name, u.display_name, u.avatar, u.bot
             FROM messages m ",
            $index,
            " JOIN users u ON u.id = m.sender WHERE m.room = ?1 AND ",
            $which
        )
    };
}
pub(crate) use messages;

/// The messages of room `?1` after `?2`, oldest first, at most `?3`.
pub(crate) const MESSAGES_AFTER: &str = messages!("m.seq > ?2 ORDER BY m.seq LIMIT ?3");

/// Message `?2` of room `?1`.
pub(crate) const MESSAGE: &str = messages!("m.seq = ?2");

/// What counts as unread after `$after` in room `$room`, and what of it mentions user `$user`. Each part ends at the bound, so
/// that a long absence costs no more than a short one.
macro_rules! unread {
    ($room:literal, $user:literal, $after:literal) => {
        concat!(
            "(SELECT count(*) FROM (SELECT 1 FROM messages x WHERE x.room = ",
            $room,
            " AND x.seq > ",
            $after,
            " AND x.thread IS NULL AND NOT x.deleted LIMIT 100)),
             (SELECT min(count(*), 100) FROM (
                 SELECT seq FROM (SELECT x.seq FROM mentions x WHERE x.user = ",
            $user,
            " AND x.room = ",
            $room,
            " AND x.seq > ",
            $after,
            " ORDER BY x.seq LIMIT 100)
                 UNION
                 SELECT seq FROM (SELECT x.seq FROM room_mentions x
                     CROSS JOIN messages y ON y.room = x.room AND y.seq = x.seq WHERE x.room = ",
            $room,
            " AND x.seq > ",
            $after,
            " AND y.sender <> ",
            $user,
            " ORDER BY x.seq LIMIT 100)))"
        )
    };
}

pub(crate) use unread;

/// What is counted up to, as the text of the statements says it.
const _: () = assert!(chinwag_chat::Cursor::MAX_UNREAD == 100, "the statements above say 100");

/// What member `?2` of room `?1` has not read who has read up to `?3`.
pub(crate) const UNREAD_AFTER: &str = concat!("SELECT ", unread!("?1", "?2", "?3"));

/// Rooms as user `?1` sees them, each with its newest message and, if direct, the other one. `$rooms` says which: a
/// query of `r` and the user's membership `m`. It is sorted and cut before texts are read, and sorted again after.
/// To somebody who has not joined nothing is unread.
macro_rules! views {
    ($rooms:literal) => {
        concat!(
            "SELECT v.id, v.kind, v.name, v.role, v.notify, v.silent_until, coalesce(v.read_seq, v.head_seq), v.member_count, v.head_seq,
                    v.head_rev, v.created_at, v.settings, ",
            unread!("v.id", "?1", "v.read_seq"),
            ", p.id, p.name, p.display_name, p.avatar, p.bot,
                    l.seq, l.rev, l.id, l.client_id, l.created_at, l.text, l.details, s.id, s.name, s.display_name, s.avatar, s.bot
             FROM (SELECT r.id, r.kind, r.name, m.role, m.notify, m.silent_until, m.read_seq, r.member_count, r.head_seq, r.head_rev,
                          r.created_at, r.active_at, r.settings ",
            $rooms,
            ") v
             LEFT JOIN members o ON v.kind = 'direct' AND o.room = v.id AND o.user <> ?1
             LEFT JOIN users p ON p.id = o.user
             LEFT JOIN messages l ON l.room = v.id AND l.seq = (
                 SELECT seq FROM messages WHERE room = v.id AND thread IS NULL AND NOT deleted
                 ORDER BY seq DESC LIMIT 1)
             LEFT JOIN users s ON s.id = l.sender
             ORDER BY v.active_at DESC, v.id"
        )
    };
}

/// Room `?2`, if the user may see it.
pub(crate) const ROOM: &str = views!(
    "FROM rooms r LEFT JOIN members m ON m.room = r.id AND m.user = ?1
     WHERE r.id = ?2 AND (r.kind = 'public' OR m.user IS NOT NULL)"
);

/// The user's rooms, the most recently active first, at most `?2`; those after room `?3`, if that is not null.
pub(crate) const ROOMS_OF: &str = views!(
    "FROM members m JOIN rooms r ON r.id = m.room WHERE m.user = ?1
       AND (?3 IS NULL OR EXISTS (
           SELECT 1 FROM members b JOIN rooms a ON a.id = b.room WHERE b.room = ?3 AND b.user = ?1
               AND (r.active_at < a.active_at OR (r.active_at = a.active_at AND r.id > a.id))))
     ORDER BY r.active_at DESC, r.id LIMIT ?2"
);

/// Public rooms whose name holds all texts of the JSON array `?2`, the most recently active first, at most `?3`.
pub(crate) const PUBLIC_ROOMS: &str = views!(
    "FROM rooms r LEFT JOIN members m ON m.room = r.id AND m.user = ?1
     WHERE r.kind = 'public'
       AND NOT EXISTS (SELECT 1 FROM json_each(?2) w WHERE instr(r.name_folded, w.value) = 0)
     ORDER BY r.active_at DESC, r.id LIMIT ?3"
);

/// One message of a room.
pub(crate) fn message(connection: &Connection, room: RoomId, seq: Seq) -> Result<Option<Message>, Fault> {
    let params = params![room.to_bytes(), signed(seq.0)];
    one(connection, MESSAGE, params, |mut fields| fields.message(room))
}

/// A row of the queries of rooms.
pub(crate) fn read(mut fields: Fields<'_>) -> Result<RoomView, Fault> {
    let (id, kind, name) = (fields.room_id()?, fields.parsed()?, fields.optional_parsed()?);
    let role = fields.optional_parsed()?;
    let wishes = fields.notifications(kind)?;
    let read_seq = fields.seq()?;
    let (member_count, head, created_at) = (fields.number()?, fields.head()?, fields.time()?);
    let settings = fields.settings()?;
    let (unread, mentions) = (fields.number()?, fields.number()?);
    let peer = fields.optional_user()?;
    let last_message = if fields.is_null()? { None } else { Some(fields.message(id)?) };
    Ok(RoomView {
        id,
        kind,
        name,
        peer,
        role,
        member_count,
        head_seq: head.seq,
        head_rev: head.rev,
        read_seq,
        unread,
        mentions,
        notifications: role.map(|_: Role| wishes),
        last_message,
        created_at,
        settings,
    })
}
