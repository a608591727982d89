//! The queries for threads as those who take part in them see them.

use chinwag_chat::UserId;
use chinwag_chat::store::ThreadView;

use crate::fault::Fault;
use crate::fields::Fields;
use crate::shown::{self, additions, shown};

/// The threads whose cursors are `$cursors`, as user `$1` sees them.
macro_rules! threads {
    ($before:literal, $cursors:literal, $order:literal) => {
        concat!(
            $before,
            "SELECT c.room, c.read_seq, (SELECT count(*) FROM (
                 SELECT 1 FROM messages x WHERE x.room = c.room AND x.thread = c.root AND x.seq > c.read_seq
                     AND x.sender <> $1 AND NOT x.deleted ORDER BY x.seq LIMIT 100) unread), ",
            shown!(),
            " FROM (",
            $cursors,
            ") c JOIN messages l ON l.room = c.room AND l.seq = c.root",
            additions!(),
            $order
        )
    };
}

/// Those that user `$1` takes part in, the one with the newest message first, at most `$2`.
pub(crate) const THREADS_OF: &str = threads!(
    "",
    "SELECT t.room, t.root, t.read_seq, y.created_at AS last_at
     FROM thread_cursors t JOIN members m ON m.room = t.room AND m.user_id = t.user_id
     LEFT JOIN LATERAL (
         SELECT created_at FROM messages WHERE room = t.room AND thread = t.root ORDER BY seq DESC LIMIT 1
     ) y ON true
     WHERE t.user_id = $1 AND EXISTS (SELECT FROM messages r WHERE r.room = t.room AND r.seq = t.root)
     ORDER BY y.created_at DESC NULLS LAST, t.room, t.root LIMIT $2",
    " ORDER BY c.last_at DESC NULLS LAST, c.room, c.root"
);

/// Moves the cursor of user `$1` in the thread of message `$3` of room `$2` to `$4` if that is forward, and in any case
/// says what is then left. One that stays costs no write.
pub(crate) const MOVE_CURSOR: &str = threads!(
    "WITH known AS (
        SELECT m.room, x.seq AS root, greatest(t.read_seq, least($4, r.head_seq)) AS read_seq,
               t.read_seq AS before
        FROM members m
        JOIN rooms r ON r.id = m.room
        JOIN messages x ON x.room = m.room AND x.seq = $3 AND x.thread IS NULL
        LEFT JOIN thread_cursors t ON t.user_id = m.user_id AND t.room = m.room AND t.root = x.seq
        WHERE m.room = $2 AND m.user_id = $1
    ), moved AS (
        INSERT INTO thread_cursors AS t (user_id, room, root, read_seq)
        SELECT $1, room, root, read_seq FROM known WHERE before IS NULL OR before < read_seq
        ON CONFLICT (user_id, room, root) DO UPDATE SET read_seq = greatest(t.read_seq, excluded.read_seq)
    ) ",
    "SELECT room, root, read_seq FROM known",
    ""
);

/// A row of these queries.
pub(crate) fn read(mut fields: Fields<'_>, user: &UserId) -> Result<ThreadView, Fault> {
    let room = fields.room_id()?;
    let (read_seq, unread) = (fields.seq()?, fields.number()?);
    Ok(ThreadView { root: shown::read(&mut fields, room, user)?, read_seq, unread })
}
