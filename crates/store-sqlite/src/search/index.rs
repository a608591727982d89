//! The index of words: how messages come into it. How they get out again is the work of triggers; see the schema.

use chinwag_chat::search::indexed;
use chinwag_chat::{Message, RoomId, Timestamp, UserId};
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, params};

use crate::fault::Fault;
use crate::fields::signed;
use crate::query::{all, one};

/// How many messages of one millisecond are told apart.
const IDS_PER_MS: i64 = 4_096;
/// Times beyond it, of the year 37,000, are no times of ours.
const MAX_MS: i64 = 1 << 50;
/// How many messages are taken into the index before the log says how far it is.
const TOLD_EVERY: usize = 100_000;

/// Whether those messages that were there before the index are in it.
const IS_FILLED: &str = "SELECT 1 FROM meta WHERE key = 'search'";
const NOTE_FILLED: &str = "INSERT INTO meta (key, value) VALUES ('search', 'filled')";

/// Adds the function that the schema's triggers call.
pub(crate) fn add_function(connection: &Connection) -> rusqlite::Result<()> {
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("indexed_words", 3, flags, |context| {
        let wrong = |error: &str| rusqlite::Error::UserFunctionError(error.into());
        let (text, room, sender): (String, Vec<u8>, String) =
            (context.get(0)?, context.get(1)?, context.get(2)?);
        let room = room.try_into().map(RoomId::from_bytes).map_err(|_| wrong("not a room's id"))?;
        let sender: UserId = sender.parse().map_err(|_| wrong("not a user's id"))?;
        Ok(indexed(&text, room, &sender).join(" "))
    })
}

/// The number of the first message of a time.
pub(crate) fn first_id(at: Timestamp) -> i64 {
    at.unix_ms().clamp(0, MAX_MS) * IDS_PER_MS
}

/// The time of a number; of a millisecond with more messages than are told apart, about it.
pub(crate) fn time_of(id: u64) -> Timestamp {
    Timestamp::from_unix_ms(signed(id) / IDS_PER_MS)
}

/// The number for a new message of that time.
pub(crate) fn next_id(transaction: &Connection, at: Timestamp) -> Result<i64, Fault> {
    let mut first = first_id(at);
    loop {
        let last = one(
            transaction,
            "SELECT max(search_id) FROM messages INDEXED BY messages_by_search_id
             WHERE search_id >= ?1 AND search_id < ?2",
            params![first, first + IDS_PER_MS],
            |mut fields| if fields.is_null()? { Ok(None) } else { fields.number().map(Some) },
        )?;
        let next = last.flatten().map_or(first, |last| signed(last) + 1);
        if next < first + IDS_PER_MS {
            return Ok(next);
        }
        // An import may bring more of one time; they are given numbers of the next.
        first += IDS_PER_MS;
    }
}

/// Takes a new message in, under the number that its row has.
pub(crate) fn insert(transaction: &Connection, id: i64, message: &Message) -> Result<(), Fault> {
    let words = indexed(message.text.as_str(), message.room, &message.sender.id).join(" ");
    let sql = "INSERT INTO message_words (rowid, words) VALUES (?1, ?2)";
    transaction.prepare_cached(sql)?.execute(params![id, words])?;
    Ok(())
}

/// Takes in the messages that were there before the index, once, all of them or none.
pub(crate) fn fill(connection: &Connection) -> Result<(), Fault> {
    if one(connection, IS_FILLED, [], |_| Ok(()))?.is_some() {
        return Ok(());
    }
    let transaction = connection.unchecked_transaction()?;
    // In the order of their times, which is how the index grows at its end.
    let missing = all(
        &transaction,
        "SELECT room, seq, created_at FROM messages WHERE search_id IS NULL AND NOT deleted ORDER BY created_at",
        [],
        |mut fields| Ok((fields.room_id()?, fields.seq()?, fields.time()?)),
    )?;
    if !missing.is_empty() {
        tracing::info!(messages = missing.len(), "indexing what was said, so that it can be searched");
    }
    for (n, (room, seq, at)) in missing.into_iter().enumerate() {
        let id = next_id(&transaction, at)?;
        let which = params![room.to_bytes(), signed(seq.0), id];
        let numbered = "UPDATE messages SET search_id = ?3 WHERE room = ?1 AND seq = ?2";
        transaction.prepare_cached(numbered)?.execute(which)?;
        let indexed = "INSERT INTO message_words (rowid, words)
            SELECT ?3, indexed_words(text, room, sender) FROM messages WHERE room = ?1 AND seq = ?2";
        transaction.prepare_cached(indexed)?.execute(which)?;
        if (n + 1) % TOLD_EVERY == 0 {
            tracing::info!(messages = n + 1, "indexed");
        }
    }
    transaction.execute(NOTE_FILLED, [])?;
    transaction.commit()?;
    Ok(())
}
