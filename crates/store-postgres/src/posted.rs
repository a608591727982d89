//! The statement that writes posts: all of them, whatever their number, in one round trip.

use std::collections::BTreeMap;

use chinwag_chat::{Message, RoomId, Seq, UserId};

use crate::fields::signed;
use crate::pool::Statement;
use crate::rows::column;

/// Messages, how far their senders have read, and the rooms' heads; and `$aside`.
macro_rules! posted {
    ($aside:literal) => {
        concat!(
            "WITH posted AS (
                INSERT INTO messages (room, seq, rev, id, sender, client_id, created_at, text, thread, details, words)
                SELECT room, seq, rev, id, sender, client_id, created_at, text, thread, details, words::tsvector
                FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::bytea[], $5::text[], $6::text[],
                            $7::bigint[], $8::text[], $9::bigint[], $10::text[], $11::text[])
                     AS q (room, seq, rev, id, sender, client_id, created_at, text, thread, details, words)
            ), read AS (
                UPDATE members m SET read_seq = q.seq, delivered_seq = greatest(m.delivered_seq, q.seq)
                FROM unnest($12::bytea[], $13::text[], $14::bigint[]) AS q (room, user_id, seq)
                WHERE m.room = q.room AND m.user_id = q.user_id AND m.read_seq < q.seq
            )",
            $aside,
            "
            UPDATE rooms r
            SET head_seq = q.seq, head_rev = q.rev, member_count = q.member_count, active_at = q.active_at
            FROM unnest($15::bytea[], $16::bigint[], $17::bigint[], $18::bigint[], $19::bigint[])
                 AS q (room, seq, rev, member_count, active_at)
            WHERE r.id = q.room"
        )
    };
}

/// What nearly every post writes.
pub(crate) const POSTED: &str = posted!("");

/// The same with what few have: whom they mention, and who takes part in their threads.
pub(crate) const POSTED_WITH_ASIDE: &str = posted!(
    ", mentioned AS (
        INSERT INTO mentions (user_id, room, seq) SELECT * FROM unnest($20::text[], $21::bytea[], $22::bigint[])
    ), all_mentioned AS (
        INSERT INTO room_mentions (room, seq) SELECT * FROM unnest($23::bytea[], $24::bigint[])
    ), followed AS (
        INSERT INTO thread_cursors AS t (user_id, room, root, read_seq)
        SELECT * FROM unnest($25::text[], $26::bytea[], $27::bigint[], $28::bigint[])
        ON CONFLICT (user_id, room, root) DO UPDATE SET read_seq = excluded.read_seq
            WHERE t.read_seq < excluded.read_seq
    )"
);

/// What few posts have.
pub(crate) struct Aside<'a> {
    mentions: Vec<(&'a UserId, &'a Message)>,
    room_mentions: Vec<&'a Message>,
    threads: Vec<(&'a (RoomId, Seq, UserId), &'a Seq)>,
}

impl<'a> Aside<'a> {
    /// What these have, with how far people have read their threads.
    pub(crate) fn of(messages: &'a [Message], threads: &'a BTreeMap<(RoomId, Seq, UserId), Seq>) -> Self {
        let mentioned = |message: &'a Message| {
            let users = message.details.mentions.users.iter();
            users.map(move |user| (user, message))
        };
        Self {
            mentions: messages.iter().flat_map(mentioned).collect(),
            room_mentions: messages.iter().filter(|message| message.details.mentions.room).collect(),
            threads: threads.iter().collect(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.mentions.is_empty() && self.room_mentions.is_empty() && self.threads.is_empty()
    }

    /// The last parameters of [`POSTED_WITH_ASIDE`].
    pub(crate) fn bind<'q>(&self, query: Statement<'q>) -> Statement<'q> {
        query
            .bind(column(&self.mentions, |(user, _)| user.as_str().to_owned()))
            .bind(column(&self.mentions, |(_, message)| message.room.to_bytes()))
            .bind(column(&self.mentions, |(_, message)| signed(message.seq.0)))
            .bind(column(&self.room_mentions, |message| message.room.to_bytes()))
            .bind(column(&self.room_mentions, |message| signed(message.seq.0)))
            .bind(column(&self.threads, |((.., user), _)| user.as_str().to_owned()))
            .bind(column(&self.threads, |((room, ..), _)| room.to_bytes()))
            .bind(column(&self.threads, |((_, root, _), _)| signed(root.0)))
            .bind(column(&self.threads, |(_, seq)| signed(seq.0)))
    }
}
