//! The port [`Exports`]: what an export is read from.

use std::collections::HashMap;

use async_trait::async_trait;
use chinwag_chat::store::{Exports, MessageRecord, OwnReaction, PAGE_BYTES, Records};
use chinwag_chat::{Emoji, Message, Room, RoomId, Seq, StoreError, Timestamp, UserId};

use crate::PostgresStore;
use crate::fields::{Fields, limit, signed};

pub(crate) const ROOM: &str = "
    SELECT id, kind, name, direct_key, head_seq, head_rev, member_count, created_at, active_at, settings
    FROM rooms WHERE id = $1";

/// Messages of room `$1` after `$2` up to `$3`, at most `$4`.
macro_rules! records {
    ($which:literal) => {
        concat!(
            "SELECT m.seq, m.rev, m.id, m.client_id, m.created_at, m.text, m.details, u.id, u.name, u.display_name, u.avatar, u.bot
             FROM messages m JOIN users u ON u.id = m.sender
             WHERE m.room = $1 AND m.seq > $2 AND m.seq <= $3",
            $which,
            " ORDER BY m.seq LIMIT $4"
        )
    };
}
pub(crate) const RECORDS: &str = records!("");
/// The same of sender `$5`.
pub(crate) const RECORDS_OF: &str = records!(" AND m.sender = $5");

pub(crate) const REACTIONS: &str =
    "SELECT seq, emoji, user_id FROM reactions WHERE room = $1 AND seq = ANY ($2) ORDER BY seq, rev";

/// The next `$3` rooms after `$2`, and whether `$1` has written there: never so many that the statement runs out of time.
pub(crate) const WRITTEN_IN: &str = "
    SELECT r.id, EXISTS (SELECT FROM messages m WHERE m.room = r.id AND m.sender = $1)
    FROM (SELECT id FROM rooms WHERE id > $2 ORDER BY id LIMIT $3) r ORDER BY r.id";
const ROOMS_AT_ONCE: usize = 2_000;

/// The reactions of user `$1` after one of them, at most `$5`.
pub(crate) const REACTIONS_OF: &str = "
    SELECT room, seq, emoji FROM reactions
    WHERE user_id = $1 AND (room, seq, emoji) > ($2, $3, $4) ORDER BY room, seq, emoji LIMIT $5";

#[async_trait]
impl Exports for PostgresStore {
    async fn room_record(&self, room: RoomId) -> Result<Option<Room>, StoreError> {
        self.pool.one(|| sqlx::query(ROOM).bind(room.to_bytes()), |mut fields| fields.room()).await
    }

    async fn account_created_at(&self, user: &UserId) -> Result<Option<Timestamp>, StoreError> {
        let query = || sqlx::query("SELECT created_at FROM users WHERE id = $1").bind(user.as_str());
        self.pool.one(query, |mut fields| fields.time()).await
    }

    async fn message_records(&self, room: RoomId, which: &Records) -> Result<Vec<MessageRecord>, StoreError> {
        let query = || {
            let sql = if which.sender.is_some() { RECORDS_OF } else { RECORDS };
            let query = sqlx::query(sql).bind(room.to_bytes()).bind(signed(which.after.0));
            let query = query.bind(signed(which.until.0)).bind(limit(which.limit));
            match &which.sender {
                Some(sender) => query.bind(sender.as_str()),
                None => query,
            }
        };
        let found = self.pool.all(query, |mut fields| fields.message(room)).await?;
        let messages = not_too_long(found);
        if messages.is_empty() {
            return Ok(vec![]);
        }
        let seqs: Vec<i64> = messages.iter().map(|message| signed(message.seq.0)).collect();
        let query = || sqlx::query(REACTIONS).bind(room.to_bytes()).bind(&seqs);
        let rows: Vec<(Seq, Emoji, UserId)> = self
            .pool
            .all(query, |mut fields| Ok((fields.seq()?, fields.parsed()?, fields.parsed()?)))
            .await?;
        let mut reactions: HashMap<Seq, Vec<(Emoji, UserId)>> = HashMap::new();
        for (seq, emoji, user) in rows {
            reactions.entry(seq).or_default().push((emoji, user));
        }
        let record = |message: Message| MessageRecord {
            reactions: reactions.remove(&message.seq).unwrap_or_default(),
            message,
        };
        Ok(messages.into_iter().map(record).collect())
    }

    async fn room_written_in(
        &self,
        user: &UserId,
        after: Option<RoomId>,
    ) -> Result<Option<RoomId>, StoreError> {
        // Every id is greater than no bytes.
        let mut after = after.map_or_else(Vec::new, |room| room.to_bytes().to_vec());
        loop {
            let query =
                || sqlx::query(WRITTEN_IN).bind(user.as_str()).bind(&after).bind(limit(ROOMS_AT_ONCE));
            let rooms = self.pool.all(query, |mut fields| Ok((fields.room_id()?, fields.flag()?))).await?;
            if let Some((room, _)) = rooms.iter().find(|(_, is_written_in)| *is_written_in) {
                return Ok(Some(*room));
            }
            match rooms.last() {
                Some((last, _)) if rooms.len() == ROOMS_AT_ONCE => after = last.to_bytes().to_vec(),
                _ => return Ok(None),
            }
        }
    }

    async fn reactions_of(
        &self,
        user: &UserId,
        after: Option<&OwnReaction>,
        reactions: usize,
    ) -> Result<Vec<OwnReaction>, StoreError> {
        let room = after.map_or_else(Vec::new, |after| after.room.to_bytes().to_vec());
        let seq = after.map_or(0, |after| signed(after.seq.0));
        let emoji = after.map_or("", |after| after.emoji.as_str());
        let query = || {
            let query = sqlx::query(REACTIONS_OF).bind(user.as_str()).bind(&room).bind(seq);
            query.bind(emoji).bind(limit(reactions))
        };
        let reaction = |mut fields: Fields<'_>| {
            Ok(OwnReaction { room: fields.room_id()?, seq: fields.seq()?, emoji: fields.parsed()? })
        };
        self.pool.all(query, reaction).await
    }
}

/// The first messages that together stay within a page, and in any case the first one.
fn not_too_long(mut messages: Vec<Message>) -> Vec<Message> {
    let mut bytes = 0;
    let fits = messages.iter().take_while(|message| {
        bytes += message.text.as_str().len();
        bytes <= PAGE_BYTES
    });
    let count = fits.count().max(1);
    messages.truncate(count);
    messages
}
