//! The port [`Exports`]: what an export is read from.

use std::collections::HashMap;

use async_trait::async_trait;
use chinwag_chat::store::{Exports, MessageRecord, OwnReaction, PAGE_BYTES, Records};
use chinwag_chat::{Emoji, Room, RoomId, Seq, StoreError, Timestamp, UserId};
use rusqlite::{Connection, params};

use crate::SqliteStore;
use crate::facts::room_row;
use crate::fault::Fault;
use crate::fields::{Fields, limit, signed};
use crate::page::not_too_long;
use crate::query::{all, one};
use crate::view::messages;

const ROOM: &str = "
    SELECT id, kind, name, direct_key, head_seq, head_rev, member_count, created_at, active_at, settings
    FROM rooms WHERE id = ?1";

/// The messages of room `?1` after `?2` up to `?3`, at most `?4`.
pub(crate) const RECORDS: &str = messages!("m.seq > ?2 AND m.seq <= ?3 ORDER BY m.seq LIMIT ?4");

/// The same of sender `?5`.
pub(crate) const RECORDS_OF: &str = messages!(
    "INDEXED BY messages_by_client_id",
    "m.sender = ?5 AND m.seq > ?2 AND m.seq <= ?3 ORDER BY m.seq LIMIT ?4"
);

/// The reactions to the messages of the JSON array `?2`.
const REACTIONS: &str = "
    SELECT r.seq, r.emoji, r.user FROM json_each(?2) q CROSS JOIN reactions r ON r.room = ?1 AND r.seq = q.value
    ORDER BY r.seq, r.rev";

/// The first room after `?2` in which `?1` has written.
pub(crate) const WRITTEN_IN: &str = "
    SELECT r.id FROM rooms r
    WHERE r.id > ?2 AND EXISTS (
        SELECT 1 FROM messages m INDEXED BY messages_by_client_id WHERE m.room = r.id AND m.sender = ?1)
    ORDER BY r.id LIMIT 1";

/// The reactions of user `?1` after one of them, at most `?5`.
pub(crate) const REACTIONS_OF: &str = "
    SELECT room, seq, emoji FROM reactions INDEXED BY reactions_by_user
    WHERE user = ?1 AND (room, seq, emoji) > (?2, ?3, ?4) ORDER BY room, seq, emoji LIMIT ?5";

#[async_trait]
impl Exports for SqliteStore {
    async fn room_record(&self, room: RoomId) -> Result<Option<Room>, StoreError> {
        let found = self.readers.read(move |connection| {
            one(connection, ROOM, params![room.to_bytes()], |mut fields| room_row(&mut fields))
        });
        found.await
    }

    async fn account_created_at(&self, user: &UserId) -> Result<Option<Timestamp>, StoreError> {
        let user = user.clone();
        let found = self.readers.read(move |connection| {
            let sql = "SELECT created_at FROM users WHERE id = ?1";
            one(connection, sql, params![user.as_str()], |mut fields| fields.time())
        });
        found.await
    }

    async fn message_records(&self, room: RoomId, which: &Records) -> Result<Vec<MessageRecord>, StoreError> {
        let which = which.clone();
        self.readers.read(move |connection| records(connection, room, &which)).await
    }

    async fn room_written_in(
        &self,
        user: &UserId,
        after: Option<RoomId>,
    ) -> Result<Option<RoomId>, StoreError> {
        let user = user.clone();
        // Every id is greater than no bytes.
        let after = after.map_or_else(Vec::new, |room| room.to_bytes().to_vec());
        let found = self.readers.read(move |connection| {
            one(connection, WRITTEN_IN, params![user.as_str(), after], |mut fields| fields.room_id())
        });
        found.await
    }

    async fn reactions_of(
        &self,
        user: &UserId,
        after: Option<&OwnReaction>,
        reactions: usize,
    ) -> Result<Vec<OwnReaction>, StoreError> {
        let (user, after) = (user.clone(), after.cloned());
        let found = self.readers.read(move |connection| {
            let room = after.as_ref().map_or_else(Vec::new, |after| after.room.to_bytes().to_vec());
            let seq = after.as_ref().map_or(0, |after| signed(after.seq.0));
            let emoji = after.as_ref().map_or("", |after| after.emoji.as_str());
            let params = params![user.as_str(), room, seq, emoji, limit(reactions)];
            all(connection, REACTIONS_OF, params, |mut fields| {
                Ok(OwnReaction { room: fields.room_id()?, seq: fields.seq()?, emoji: fields.parsed()? })
            })
        });
        found.await
    }
}

fn records(connection: &Connection, room: RoomId, which: &Records) -> Result<Vec<MessageRecord>, Fault> {
    let read = |mut fields: Fields<'_>| fields.message(room);
    let (after, until, most) = (signed(which.after.0), signed(which.until.0), limit(which.limit));
    let found = match &which.sender {
        None => all(connection, RECORDS, params![room.to_bytes(), after, until, most], read)?,
        Some(sender) => {
            all(connection, RECORDS_OF, params![room.to_bytes(), after, until, most, sender.as_str()], read)?
        }
    };
    let messages = not_too_long(found, PAGE_BYTES, |message| message.text.as_str().len());
    let seqs = serde_json::Value::from_iter(messages.iter().map(|message| message.seq.0)).to_string();
    let mut reactions: HashMap<Seq, Vec<(Emoji, UserId)>> = HashMap::new();
    all(connection, REACTIONS, params![room.to_bytes(), seqs], |mut fields| {
        let (seq, emoji, user) = (fields.seq()?, fields.parsed()?, fields.parsed()?);
        reactions.entry(seq).or_default().push((emoji, user));
        Ok(())
    })?;
    let record = |message: chinwag_chat::Message| MessageRecord {
        reactions: reactions.remove(&message.seq).unwrap_or_default(),
        message,
    };
    Ok(messages.into_iter().map(record).collect())
}
