//! The port [`Search`]: every message that the user may read is looked at.

use std::cmp::Reverse;

use async_trait::async_trait;
use chinwag_chat::store::{FoundMessages, MessageSearch, PAGE_BYTES, Search, SearchCursor};
use chinwag_chat::{Message, StoreError, UserId};

use crate::MemoryStore;
use crate::messages::view;
use crate::page::page;
use crate::rooms::readable;
use crate::tables::{RoomTable, Tables};

#[async_trait]
impl Search for MemoryStore {
    async fn search(&self, user: &UserId, search: &MessageSearch) -> Result<FoundMessages, StoreError> {
        let tables = self.tables.read();
        let mut found: Vec<(SearchCursor, &RoomTable, &Message)> = searched(&tables, user, search)
            .into_iter()
            .flat_map(|table| table.messages.iter().map(move |rev| (table, rev)))
            .filter_map(|(table, rev)| Some((table, table.message_at(*rev)?)))
            .filter(|(_, message)| is_wanted(search, message))
            .map(|(table, message)| (place(message), table, message))
            .filter(|(place, ..)| search.cursor.is_none_or(|cursor| *place < cursor))
            .collect();
        found.sort_unstable_by_key(|(place, ..)| Reverse(*place));
        let bytes = |(.., message): &(SearchCursor, &RoomTable, &Message)| message.text.as_str().len();
        let (found, has_more) = page(found.iter(), search.limit, PAGE_BYTES, bytes);
        let next = found.last().filter(|_| has_more).map(|(place, ..)| *place);
        let messages = found.into_iter().map(|(_, table, message)| view(table, user, message));
        Ok(FoundMessages { messages: messages.collect(), next })
    }
}

/// The rooms that are looked through.
fn searched<'a>(tables: &'a Tables, user: &UserId, search: &MessageSearch) -> Vec<&'a RoomTable> {
    match search.room {
        Some(room) => readable(tables, room, user).into_iter().collect(),
        None => {
            let rooms = tables.users.get(user).into_iter().flat_map(|account| &account.rooms);
            rooms.filter_map(|room| tables.rooms.get(room)).collect()
        }
    }
}

fn is_wanted(search: &MessageSearch, message: &Message) -> bool {
    !message.is_deleted()
        && search.from.as_ref().is_none_or(|from| message.sender.id == *from)
        && search.after.is_none_or(|after| message.created_at >= after)
        && search.before.is_none_or(|before| message.created_at < before)
        && search.query.matches(message.text.as_str())
}

const fn place(message: &Message) -> SearchCursor {
    SearchCursor { at: message.created_at, room: message.room, seq: message.seq }
}
