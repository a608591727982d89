//! The queries for who is to be notified of what.

/// The newest message of room `?1` up to `?2` that device `s` of member `m` of that room `r` is to be told of at time `?4`,
/// where rooms of up to `?3` members are small; null where there is none. `p` is what it was told of. Of a long absence only
/// the newest hundred messages are looked at, and the newest mentions.
macro_rules! notifying {
    () => {
        "(SELECT max(seq) FROM (
             SELECT x.seq FROM (
                 SELECT y.seq, y.sender, y.thread, y.deleted FROM messages y
                 WHERE y.room = ?1 AND y.seq <= ?2 AND y.seq > max(m.delivered_seq, coalesce(p.seq, 0))
                 ORDER BY y.seq DESC LIMIT 100) x
             WHERE coalesce(m.notify, CASE r.kind WHEN 'public' THEN 'mentions' ELSE 'all' END) = 'all'
                 AND r.member_count <= ?3 AND x.sender <> m.user AND NOT x.deleted
                 AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.user = m.user AND k.blocked = x.sender)
                 AND (x.thread IS NULL OR EXISTS (
                     SELECT 1 FROM thread_cursors t
                     WHERE t.user = m.user AND t.room = ?1 AND t.root = x.thread AND t.read_seq < x.seq))
             UNION ALL
             SELECT seq FROM (
                 SELECT n.seq FROM mentions n CROSS JOIN messages y ON y.room = n.room AND y.seq = n.seq
                 WHERE n.user = m.user AND n.room = ?1 AND n.seq <= ?2
                     AND n.seq > max(m.delivered_seq, coalesce(p.seq, 0)) AND y.sender <> m.user
                     AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.user = m.user AND k.blocked = y.sender)
                 ORDER BY n.seq DESC LIMIT 1)
             UNION ALL
             SELECT seq FROM (
                 SELECT n.seq FROM room_mentions n CROSS JOIN messages y ON y.room = n.room AND y.seq = n.seq
                 WHERE n.room = ?1 AND n.seq <= ?2
                     AND n.seq > max(m.delivered_seq, coalesce(p.seq, 0)) AND y.sender <> m.user
                     AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.user = m.user AND k.blocked = y.sender)
                 ORDER BY n.seq DESC LIMIT 1)))"
    };
}

/// Members `m` of room `?1` with their devices `s`, while their sessions last and they want to be told of anything.
macro_rules! listening {
    () => {
        " JOIN rooms r ON r.id = m.room
          LEFT JOIN sessions e ON e.id = s.session
          LEFT JOIN pushed p ON p.subscription = s.id AND p.room = m.room
          WHERE m.room = ?1 AND coalesce(m.notify, '') <> 'none' AND coalesce(m.silent_until, 0) <= ?4
              AND (s.session IS NULL OR e.expires_at > ?4)
              AND NOT EXISTS (
                  SELECT 1 FROM statuses d WHERE d.user = m.user AND d.presence = 'dnd'
                      AND (d.until IS NULL OR d.until > ?4))"
    };
}

/// The devices after `?6` of user `?5` that are to be told of something, at most `?7`.
pub(super) const TO_NOTIFY: &str = concat!(
    "SELECT m.user, s.id FROM members m CROSS JOIN push_subscriptions s ON s.user = m.user",
    listening!(),
    " AND m.user >= ?5 AND (m.user, s.id) > (?5, ?6) AND m.delivered_seq < ?2 AND ",
    notifying!(),
    " IS NOT NULL ORDER BY m.user, s.id LIMIT ?7"
);

/// The newest message of room `?1` after `?2` that may notify somebody, where rooms of up to `?3` members are small.
pub(super) const LATER: &str = "
    SELECT max(seq) FROM (
        SELECT r.head_seq AS seq FROM rooms r WHERE r.id = ?1 AND r.member_count <= ?3 AND r.head_seq > ?2
        UNION ALL
        SELECT seq FROM (SELECT seq FROM mentions WHERE room = ?1 AND seq > ?2 ORDER BY seq DESC LIMIT 1)
        UNION ALL
        SELECT seq FROM (SELECT seq FROM room_mentions WHERE room = ?1 AND seq > ?2 ORDER BY seq DESC LIMIT 1))";

/// What device `?5` is to be told of.
pub(super) const NOTICE: &str = concat!(
    "SELECT s.id, s.user, s.session, s.endpoint, s.p256dh, s.auth, s.device, s.created_at, r.kind, r.name, ",
    notifying!(),
    " FROM push_subscriptions s JOIN members m ON m.user = s.user AND m.room = ?1",
    listening!(),
    " AND s.id = ?5"
);

/// The rooms of user `?1` in which something may wait.
pub(super) const WAITING: &str = concat!(
    "SELECT c.kind, b.notify, b.silent_until, c.member_count, ",
    crate::view::unread!("c.id", "?1", "b.read_seq"),
    " FROM members b JOIN rooms c ON c.id = b.room WHERE b.user = ?1 AND c.head_seq > b.read_seq"
);
