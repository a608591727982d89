//! What is written of messages that are there already.
//!
//! The commands that change them share no statements with others, so each row is written by itself; so are the rare files of
//! those that come with some.

use chinwag_chat::{Edit, Emoji, FileId, Message, Rev, RoomId, Seq, Timestamp, UserId};
use sqlx::PgConnection;

use crate::fault::Fault;
use crate::fields::{limit, signed};
use crate::files;
use crate::search::index;

/// A message as it is now. Whom it mentions still is left alone: a row that is both deleted and written by one statement
/// would be in its own way.
pub(crate) const REVISE: &str = "
    WITH revised AS (
        UPDATE messages SET text = $3, details = $4, deleted = $5, pinned_at = $6, words = $9::text::tsvector
        WHERE room = $1 AND seq = $2
    ), fewer AS (
        DELETE FROM mentions WHERE room = $1 AND seq = $2 AND user_id <> ALL ($7::text[])
    ), more AS (
        INSERT INTO mentions (user_id, room, seq) SELECT q.user_id, $1, $2 FROM unnest($7::text[]) AS q (user_id)
        ON CONFLICT DO NOTHING
    ), not_all AS (
        DELETE FROM room_mentions WHERE room = $1 AND seq = $2 AND NOT $8
    )
    INSERT INTO room_mentions (room, seq) SELECT $1, $2 WHERE $8 ON CONFLICT DO NOTHING";

/// Nothing is left of what a message said before, and of what others put under it.
pub(crate) const FORGET: &str = "
    WITH edits AS (DELETE FROM message_edits WHERE room = $1 AND seq = $2)
    DELETE FROM reactions WHERE room = $1 AND seq = $2";

/// One more, and of the others all but the newest `$6`: they are those from before this statement.
pub(crate) const KEEP_EDIT: &str = "
    WITH kept AS (INSERT INTO message_edits (room, seq, rev, text, replaced_at) VALUES ($1, $2, $3, $4, $5))
    DELETE FROM message_edits WHERE room = $1 AND seq = $2 AND rev <= (
        SELECT rev FROM message_edits WHERE room = $1 AND seq = $2 ORDER BY rev DESC OFFSET $6 LIMIT 1)";

const INSERT_REACTION: &str =
    "INSERT INTO reactions (room, seq, emoji, user_id, rev) VALUES ($1, $2, $3, $4, $5)";

pub(crate) const DELETE_REACTION: &str =
    "DELETE FROM reactions WHERE room = $1 AND seq = $2 AND emoji = $3 AND user_id = $4";

/// Something to be written of a message of a room.
pub(crate) enum Revision {
    /// What it says and all that belongs to it.
    Message(Box<Message>),
    /// What it said until now.
    Edit(Seq, Edit),
    /// What it said before, and what others put under it, is gone.
    Forgotten(Seq),
    /// Files that belong to it.
    Attached(Seq, Vec<FileId>),
    /// A reaction, and the change that tells of it.
    Reaction(Seq, Emoji, UserId, Rev),
    /// A reaction less.
    NoReaction(Seq, Emoji, UserId),
}

impl Revision {
    /// Writes it.
    pub(crate) async fn write(&self, transaction: &mut PgConnection, room: RoomId) -> Result<(), Fault> {
        let room = room.to_bytes();
        let query = match self {
            Self::Message(message) => {
                let query = sqlx::query(REVISE).bind(room).bind(signed(message.seq.0));
                let query = query
                    .bind(message.text.as_str())
                    .bind(message.details.to_stored().map_err(Fault::damaged)?);
                let query = query.bind(message.is_deleted());
                let query = query.bind(message.details.pinned_at.map(Timestamp::unix_ms));
                let mentions = &message.details.mentions;
                let users: Vec<&str> = mentions.users.iter().map(UserId::as_str).collect();
                query.bind(users).bind(mentions.room).bind(index::of(message))
            }
            Self::Edit(seq, Edit { rev, text, replaced_at }) => {
                let query = sqlx::query(KEEP_EDIT).bind(room).bind(signed(seq.0)).bind(signed(rev.0));
                query.bind(text.as_str()).bind(replaced_at.unix_ms()).bind(limit(Edit::MAX_KEPT - 1))
            }
            Self::Attached(seq, ids) => {
                let ids: Vec<[u8; 16]> = ids.iter().map(|id| id.to_bytes()).collect();
                sqlx::query(files::ATTACH).bind(ids).bind(room).bind(signed(seq.0))
            }
            Self::Forgotten(seq) => {
                let detach = sqlx::query(files::DETACH).bind(room).bind(signed(seq.0));
                detach.execute(&mut *transaction).await?;
                sqlx::query(FORGET).bind(room).bind(signed(seq.0))
            }
            Self::Reaction(seq, emoji, user, rev) => {
                let query = sqlx::query(INSERT_REACTION).bind(room).bind(signed(seq.0));
                query.bind(emoji.as_str()).bind(user.as_str()).bind(signed(rev.0))
            }
            Self::NoReaction(seq, emoji, user) => {
                let query = sqlx::query(DELETE_REACTION).bind(room).bind(signed(seq.0));
                query.bind(emoji.as_str()).bind(user.as_str())
            }
        };
        query.execute(transaction).await?;
        Ok(())
    }
}
