//! The queries for who is to be notified of what.

/// The newest message of room `$1` up to `$2` that device `s` of member `m` of that room `r` is to be told of at time `$4`,
/// where rooms of up to `$3` members are small; null where there is none. `p` is what it was told of. Of a long absence only
/// the newest hundred messages are looked at, and the newest mentions.
macro_rules! notifying {
    () => {
        "greatest(
             (SELECT x.seq FROM (
                 SELECT y.seq, y.sender, y.thread, y.deleted FROM messages y
                 WHERE y.room = $1 AND y.seq <= $2 AND y.seq > greatest(m.delivered_seq, p.seq)
                 ORDER BY y.seq DESC LIMIT 100) x
              WHERE coalesce(m.notify, CASE r.kind WHEN 'public' THEN 'mentions' ELSE 'all' END) = 'all'
                  AND r.member_count <= $3 AND x.sender <> m.user_id AND NOT x.deleted
                  AND NOT EXISTS (SELECT FROM blocks k WHERE k.user_id = m.user_id AND k.blocked = x.sender)
                  AND (x.thread IS NULL OR EXISTS (
                      SELECT FROM thread_cursors t WHERE t.user_id = m.user_id AND t.room = $1
                          AND t.root = x.thread AND t.read_seq < x.seq))
              ORDER BY x.seq DESC LIMIT 1),
             (SELECT n.seq FROM mentions n
              WHERE n.user_id = m.user_id AND n.room = $1 AND n.seq <= $2 AND n.seq > greatest(m.delivered_seq, p.seq)
                  AND EXISTS (
                      SELECT FROM messages y WHERE y.room = n.room AND y.seq = n.seq AND y.sender <> m.user_id
                          AND NOT EXISTS (SELECT FROM blocks k WHERE k.user_id = m.user_id AND k.blocked = y.sender))
              ORDER BY n.seq DESC LIMIT 1),
             (SELECT n.seq FROM room_mentions n
              WHERE n.room = $1 AND n.seq <= $2 AND n.seq > greatest(m.delivered_seq, p.seq)
                  AND EXISTS (
                      SELECT FROM messages y WHERE y.room = n.room AND y.seq = n.seq AND y.sender <> m.user_id
                          AND NOT EXISTS (SELECT FROM blocks k WHERE k.user_id = m.user_id AND k.blocked = y.sender))
              ORDER BY n.seq DESC LIMIT 1))"
    };
}

/// Members `m` of room `$1` with their devices `s`, while their sessions last and they want to be told of anything.
macro_rules! listening {
    () => {
        " JOIN rooms r ON r.id = m.room
          LEFT JOIN sessions e ON e.id = s.session
          LEFT JOIN pushed p ON p.subscription = s.id AND p.room = m.room
          WHERE m.room = $1 AND coalesce(m.notify, '') <> 'none' AND coalesce(m.silent_until, 0) <= $4
              AND (s.session IS NULL OR e.expires_at > $4)
              AND NOT EXISTS (
                  SELECT FROM statuses d WHERE d.user_id = m.user_id AND d.presence = 'dnd'
                      AND (d.until IS NULL OR d.until > $4))"
    };
}

/// The devices after `$6` of user `$5` that are to be told of something, at most `$7`.
pub(crate) const TO_NOTIFY: &str = concat!(
    "SELECT m.user_id, s.id FROM members m JOIN push_subscriptions s ON s.user_id = m.user_id",
    listening!(),
    " AND m.user_id >= $5 AND (m.user_id, s.id) > ($5, $6) AND m.delivered_seq < $2 AND ",
    notifying!(),
    " IS NOT NULL ORDER BY m.user_id, s.id LIMIT $7"
);

/// The newest message of room `$1` after `$2` that may notify somebody, where rooms of up to `$3` members are small.
pub(crate) const LATER: &str = "
    SELECT greatest(
        (SELECT r.head_seq FROM rooms r WHERE r.id = $1 AND r.member_count <= $3 AND r.head_seq > $2),
        (SELECT n.seq FROM mentions n WHERE n.room = $1 AND n.seq > $2 ORDER BY n.seq DESC LIMIT 1),
        (SELECT n.seq FROM room_mentions n WHERE n.room = $1 AND n.seq > $2 ORDER BY n.seq DESC LIMIT 1))";

/// What device `$5` is to be told of.
pub(crate) const NOTICE: &str = concat!(
    "SELECT s.id, s.user_id, s.session, s.endpoint, s.p256dh, s.auth, s.device, s.created_at, s.kind, s.name,
            l.seq, l.rev, l.id, l.client_id, l.created_at, l.text, l.details,
            u.id, u.name, u.display_name, u.avatar, u.bot
     FROM (
         SELECT s.*, r.kind, r.name, ",
    notifying!(),
    " AS newest FROM push_subscriptions s JOIN members m ON m.user_id = s.user_id AND m.room = $1",
    listening!(),
    " AND s.id = $5
     ) s JOIN messages l ON l.room = $1 AND l.seq = s.newest JOIN users u ON u.id = l.sender"
);

/// The rooms of user `$1` in which something may wait.
pub(crate) const WAITING: &str = concat!(
    "SELECT c.kind, b.notify, b.silent_until, c.member_count, ",
    crate::counted::unread!("c.id", "$1", "b.read_seq"),
    " FROM members b JOIN rooms c ON c.id = b.room WHERE b.user_id = $1 AND c.head_seq > b.read_seq"
);
