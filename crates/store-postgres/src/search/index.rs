//! The words of messages, as PostgreSQL keeps them.

use std::fmt::Write;

use chinwag_chat::search::indexed;
use chinwag_chat::{Message, RoomId, Seq, UserId};
use sqlx::PgConnection;

use crate::fault::Fault;
use crate::fields::{Fields, limit, signed};
use crate::rows::column;

/// How many messages are indexed by one statement.
const AT_ONCE: usize = 5_000;

/// Messages that nobody has taken apart yet.
const WITHOUT_WORDS: &str =
    "SELECT room, seq, sender, text, deleted FROM messages WHERE words IS NULL LIMIT $1";

const FILL: &str = "
    UPDATE messages m SET words = q.words::tsvector
    FROM unnest($1::bytea[], $2::bigint[], $3::text[]) AS q (room, seq, words)
    WHERE m.room = q.room AND m.seq = q.seq AND m.words IS NULL";

/// The words of a message, each with its place; none of a deleted one.
pub(crate) fn of(message: &Message) -> String {
    if message.is_deleted() {
        String::new()
    } else {
        words(message.text.as_str(), message.room, &message.sender.id)
    }
}

fn words(text: &str, room: RoomId, sender: &UserId) -> String {
    let mut words = String::new();
    for (number, word) in indexed(text, room, sender).iter().enumerate() {
        // Writing to a text does not fail.
        let _ = write!(words, "{word}:{} ", number + 1);
    }
    words
}

/// Takes apart what was said before there was an index, or by a node of a version without it.
pub(crate) async fn fill(connection: &mut PgConnection) -> Result<(), Fault> {
    let mut filled = 0;
    loop {
        let mut rows = Vec::new();
        for row in sqlx::query(WITHOUT_WORDS).bind(limit(AT_ONCE)).fetch_all(&mut *connection).await? {
            let mut fields = Fields::of(&row);
            let (room, seq, sender) = (fields.room_id()?, fields.seq()?, fields.parsed::<UserId>()?);
            let text = fields.text()?;
            let words = if fields.flag()? { String::new() } else { words(text, room, &sender) };
            rows.push((room, seq, words));
        }
        if rows.is_empty() {
            return Ok(());
        }
        sqlx::query(FILL)
            .bind(column(&rows, |(room, ..)| room.to_bytes()))
            .bind(column(&rows, |(_, Seq(seq), _)| signed(*seq)))
            .bind(column(&rows, |(.., words)| words.as_str()))
            .execute(&mut *connection)
            .await?;
        filled += rows.len();
        tracing::info!(messages = filled, "indexed what was said, so that it can be searched");
    }
}
