//! The port [`Exports`]: what an export is read from.

use async_trait::async_trait;
use chinwag_chat::store::{Exports, MessageRecord, OwnReaction, PAGE_BYTES, Records};
use chinwag_chat::{Message, Room, RoomId, StoreError, Timestamp, UserId};

use crate::MemoryStore;
use crate::page::page;
use crate::tables::RoomTable;

#[async_trait]
impl Exports for MemoryStore {
    async fn room_record(&self, room: RoomId) -> Result<Option<Room>, StoreError> {
        Ok(self.tables.read().rooms.get(&room).map(|table| table.room.clone()))
    }

    async fn account_created_at(&self, user: &UserId) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.tables.read().users.get(user).map(|table| table.created_at))
    }

    async fn message_records(&self, room: RoomId, which: &Records) -> Result<Vec<MessageRecord>, StoreError> {
        let tables = self.tables.read();
        let Some(table) = tables.rooms.get(&room) else { return Ok(vec![]) };
        let is_wanted =
            |message: &Message| which.sender.as_ref().is_none_or(|sender| message.sender.id == *sender);
        let until = table.messages_after(which.after).take_while(|message| message.seq <= which.until);
        let wanted = until.filter(|message| is_wanted(message));
        let (wanted, _) = page(wanted, which.limit, PAGE_BYTES, |message| message.text.as_str().len());
        Ok(wanted.into_iter().map(|message| record(table, message)).collect())
    }

    async fn room_written_in(
        &self,
        user: &UserId,
        after: Option<RoomId>,
    ) -> Result<Option<RoomId>, StoreError> {
        let tables = self.tables.read();
        let has_written = |table: &&RoomTable| table.by_client_id.keys().any(|(sender, _)| sender == user);
        let rooms = tables.rooms.values().filter(has_written).map(|table| table.room.id);
        Ok(rooms.filter(|room| after.is_none_or(|after| *room > after)).min())
    }

    async fn reactions_of(
        &self,
        user: &UserId,
        after: Option<&OwnReaction>,
        limit: usize,
    ) -> Result<Vec<OwnReaction>, StoreError> {
        let tables = self.tables.read();
        let all = tables.rooms.values().flat_map(|table| {
            let room = table.room.id;
            let of_room = table
                .reactions
                .iter()
                .flat_map(|(seq, reactions)| reactions.iter().map(move |(emoji, user)| (*seq, emoji, user)));
            let own = of_room.filter(|(_, _, who)| *who == user);
            own.map(move |(seq, emoji, _)| OwnReaction { room, seq, emoji: emoji.clone() })
        });
        let mut found: Vec<OwnReaction> =
            all.filter(|reaction| after.is_none_or(|after| reaction > after)).collect();
        found.sort();
        found.truncate(limit);
        Ok(found)
    }
}

fn record(table: &RoomTable, message: &Message) -> MessageRecord {
    let reactions = table.reactions.get(&message.seq).cloned().unwrap_or_default();
    MessageRecord { message: message.clone(), reactions }
}
