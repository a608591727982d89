//! The queries for rooms as one user sees them.

use chinwag_chat::{Role, RoomView};

use crate::counted::unread;
use crate::fault::Fault;
use crate::fields::Fields;

/// Rooms as user `$1` sees them, each with its newest message and, if direct, the other one. `$rooms` says which: a
/// query of `r` and the user's membership `m`. It is sorted and cut before texts are read, and sorted again after. To
/// somebody who has not joined nothing is unread.
macro_rules! views {
    ($rooms:literal) => {
        concat!(
            "SELECT v.id, v.kind, v.name, v.role, v.notify, v.silent_until, coalesce(v.read_seq, v.head_seq), v.member_count, v.head_seq,
                    v.head_rev, v.created_at, v.settings, ",
            unread!("v.id", "$1", "v.read_seq"),
            ", p.id, p.name, p.display_name, p.avatar, p.bot,
                    l.seq, l.rev, l.id, l.client_id, l.created_at, l.text, l.details, s.id, s.name, s.display_name, s.avatar, s.bot
             FROM (SELECT r.id, r.kind, r.name, m.role, m.notify, m.silent_until, m.read_seq, r.member_count, r.head_seq, r.head_rev,
                          r.created_at, r.active_at, r.settings ",
            $rooms,
            ") v
             LEFT JOIN members o ON v.kind = 'direct' AND o.room = v.id AND o.user_id <> $1
             LEFT JOIN users p ON p.id = o.user_id
             LEFT JOIN LATERAL (
                 SELECT * FROM messages WHERE room = v.id AND thread IS NULL AND NOT deleted
                 ORDER BY seq DESC LIMIT 1
             ) l ON true
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

/// The user's rooms, the most recently active first, at most `$2`; those after room `$3`, if that is not null.
pub(crate) const ROOMS_OF: &str = views!(
    "FROM members m JOIN rooms r ON r.id = m.room WHERE m.user_id = $1
       AND ($3::bytea IS NULL OR EXISTS (
           SELECT FROM members b JOIN rooms a ON a.id = b.room WHERE b.room = $3 AND b.user_id = $1
               AND (r.active_at < a.active_at OR (r.active_at = a.active_at AND r.id > a.id))))
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
