//! The queries for messages and for rooms as one user sees them.

use chinwag_chat::{Cursor, RoomView};

use crate::fault::Fault;
use crate::fields::Fields;

/// A page of messages: how many there are before it is cut to `$5` bytes, and the fields of [`Fields::message`]. The
/// first one is always there, so that who reads on gets on.
macro_rules! messages {
    ($order:literal) => {
        concat!(
            "SELECT l.found, l.seq, l.rev, l.id, l.client_id, l.created_at, l.text, u.id, u.name, u.display_name
             FROM (SELECT m.*, count(*) OVER () AS found, row_number() OVER (ORDER BY m.seq ",
            $order,
            ") AS n, sum(octet_length(m.text)) OVER (ORDER BY m.seq ",
            $order,
            ") AS bytes
                   FROM (SELECT * FROM messages WHERE room = $1 AND seq > $2 AND seq < $3 ORDER BY seq ",
            $order,
            " LIMIT $4) m) l
             JOIN users u ON u.id = l.sender
             WHERE l.n = 1 OR l.bytes <= $5 ORDER BY l.n"
        )
    };
}

/// The messages of room `$1` after `$2` and before `$3`, oldest first, at most `$4`.
pub(crate) const MESSAGES_FORWARD: &str = messages!("");

/// The same, newest first.
pub(crate) const MESSAGES_BACK: &str = messages!("DESC");

/// Rooms as user `$1` sees them, each with its newest message and, if direct, the other one. `$rooms` says which: a
/// query of `r` and the user's membership `m`. It is sorted and cut before texts are read, and sorted again after.
macro_rules! views {
    ($rooms:literal) => {
        concat!(
            "SELECT v.id, v.kind, v.name, v.role, v.read_seq, v.member_count, v.head_seq, v.head_rev, v.created_at,
                    p.id, p.name, p.display_name,
                    l.seq, l.rev, l.id, l.client_id, l.created_at, l.text, s.id, s.name, s.display_name
             FROM (SELECT r.id, r.kind, r.name, m.role, m.read_seq, r.member_count, r.head_seq, r.head_rev,
                          r.created_at, r.active_at ",
            $rooms,
            ") v
             LEFT JOIN members o ON v.kind = 'direct' AND o.room = v.id AND o.user_id <> $1
             LEFT JOIN users p ON p.id = o.user_id
             LEFT JOIN messages l ON l.room = v.id AND l.seq = v.head_seq
             LEFT JOIN users s ON s.id = l.sender
             ORDER BY v.active_at DESC, v.id"
        )
    };
}

/// Room `$2`, if the user may see it.
pub(crate) const ROOM: &str = views!(
    "FROM rooms r LEFT JOIN members m ON m.room = r.id AND m.user_id = $1
     WHERE r.id = $2 AND (r.kind = 'public' OR m.user_id IS NOT NULL)"
);

/// The user's rooms, the most recently active first, at most `$2`.
pub(crate) const ROOMS_OF: &str = views!(
    "FROM members m JOIN rooms r ON r.id = m.room WHERE m.user_id = $1
     ORDER BY r.active_at DESC, r.id LIMIT $2"
);

/// Public rooms whose name holds all texts of `$2`, the most recently active first, at most `$3`.
pub(crate) const PUBLIC_ROOMS: &str = views!(
    "FROM rooms r LEFT JOIN members m ON m.room = r.id AND m.user_id = $1
     WHERE r.kind = 'public'
       AND NOT EXISTS (SELECT 1 FROM unnest($2::text[]) AS w (word) WHERE strpos(r.name_folded, w.word) = 0)
     ORDER BY r.active_at DESC, r.id LIMIT $3"
);

/// A row of the queries of rooms.
pub(crate) fn read(mut fields: Fields<'_>) -> Result<RoomView, Fault> {
    let (id, kind, name) = (fields.room_id()?, fields.parsed()?, fields.optional_parsed()?);
    let role = fields.optional_parsed()?;
    let read_seq = if fields.is_null()? {
        fields.skip(1);
        None
    } else {
        Some(fields.seq()?)
    };
    let (member_count, head, created_at) = (fields.number()?, fields.head()?, fields.time()?);
    let peer = fields.optional_user()?;
    let last_message = if fields.is_null()? { None } else { Some(fields.message(id)?) };
    // To somebody who has not joined nothing is unread.
    let cursor = Cursor::at(read_seq.unwrap_or(head.seq), head.seq);
    Ok(RoomView {
        id,
        kind,
        name,
        peer,
        role,
        member_count,
        head_seq: head.seq,
        head_rev: head.rev,
        read_seq: cursor.read_seq,
        unread: cursor.unread,
        last_message,
        created_at,
    })
}
