//! What is left to read, counted in the log: so that no number drifts from what it is of.

use chinwag_chat::{Cursor, Reaction};

/// What of room `$room` user `$user` has not read who has read up to `$after`, and how much of it mentions them. Nothing
/// is counted after null. Each part is found in the order of an index and given up at the bound, however much follows.
macro_rules! unread {
    ($room:literal, $user:literal, $after:literal) => {
        concat!(
            "(SELECT count(*) FROM (
                 SELECT 1 FROM messages x WHERE x.room = ",
            $room,
            " AND x.seq > ",
            $after,
            " AND x.thread IS NULL AND NOT x.deleted ORDER BY x.seq LIMIT 100) unread),
             (SELECT least(count(*), 100) FROM (
                 (SELECT x.seq FROM mentions x WHERE x.user_id = ",
            $user,
            " AND x.room = ",
            $room,
            " AND x.seq > ",
            $after,
            " ORDER BY x.seq LIMIT 100)
                 UNION
                 (SELECT x.seq FROM room_mentions x WHERE x.room = ",
            $room,
            " AND x.seq > ",
            $after,
            " AND (SELECT y.sender FROM messages y WHERE y.room = x.room AND y.seq = x.seq) <> ",
            $user,
            " ORDER BY x.seq LIMIT 100)) mentions)"
        )
    };
}
pub(crate) use unread;

// The queries of this crate have these in their texts.
const _: () = assert!(Cursor::MAX_UNREAD == 100 && Reaction::MAX_USERS == 50);
