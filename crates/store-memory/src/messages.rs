//! The port [`Messages`]: messages as users see them.

use std::cmp::Reverse;

use async_trait::async_trait;
use chinwag_chat::store::{MessagePage, Messages, PAGE_BYTES, Page, ThreadView};
use chinwag_chat::{
    Cursor, Edit, Message, MessageView, Reaction, Replies, RoomId, Seq, StoreError, Timestamp, UserId,
};

use crate::MemoryStore;
use crate::page::page;
use crate::tables::{RoomTable, Tables};

#[async_trait]
impl Messages for MemoryStore {
    async fn messages(
        &self,
        room: RoomId,
        viewer: &UserId,
        page: MessagePage,
    ) -> Result<Page<MessageView>, StoreError> {
        let tables = self.tables.read();
        Ok(match tables.rooms.get(&room) {
            Some(table) => messages(table, viewer, page),
            None => Page { items: vec![], has_more: false },
        })
    }

    async fn message(
        &self,
        room: RoomId,
        viewer: &UserId,
        seq: Seq,
    ) -> Result<Option<MessageView>, StoreError> {
        let tables = self.tables.read();
        Ok(tables.rooms.get(&room).and_then(|table| Some(view(table, viewer, table.message(seq)?))))
    }

    async fn pins(&self, room: RoomId, viewer: &UserId) -> Result<Vec<MessageView>, StoreError> {
        let tables = self.tables.read();
        let Some(table) = tables.rooms.get(&room) else { return Ok(vec![]) };
        let pinned = table.messages_after(Seq::ZERO).filter(|message| message.details.pinned_at.is_some());
        let mut pinned: Vec<&Message> = pinned.collect();
        pinned.sort_by_key(|message| Reverse((message.details.pinned_at, message.seq)));
        Ok(pinned.into_iter().map(|message| view(table, viewer, message)).collect())
    }

    async fn edits(&self, room: RoomId, seq: Seq) -> Result<Vec<Edit>, StoreError> {
        let tables = self.tables.read();
        Ok(tables.rooms.get(&room).and_then(|table| table.edits.get(&seq)).cloned().unwrap_or_default())
    }

    async fn threads_of(&self, user: &UserId, limit: usize) -> Result<Vec<ThreadView>, StoreError> {
        let tables = self.tables.read();
        let rooms = tables.users.get(user).into_iter().flat_map(|account| &account.rooms);
        let rooms = rooms.filter_map(|room| tables.rooms.get(room));
        let followed = rooms.flat_map(|table| {
            let cursors = table.thread_cursors.range((user.clone(), Seq::ZERO)..);
            let own = cursors.take_while(|((who, _), _)| who == user);
            own.map(move |((_, root), read_seq)| (table, *root, *read_seq))
        });
        // A thread whose beginning has outlived its time is listed no more.
        let followed = followed.filter(|(table, root, _)| table.message(*root).is_some());
        let mut followed: Vec<_> = followed.collect();
        followed.sort_by_key(|(table, root, _)| (Reverse(newest_of(table, *root)), table.room.id, *root));
        let views = followed.into_iter().take(limit);
        Ok(views.filter_map(|(table, root, read_seq)| thread(table, user, root, read_seq)).collect())
    }

    async fn move_thread_cursor(
        &self,
        room: RoomId,
        root: Seq,
        user: &UserId,
        seq: Seq,
    ) -> Result<Option<ThreadView>, StoreError> {
        let mut tables = self.tables.write();
        Ok(tables.move_thread_cursor(room, root, user, seq))
    }
}

impl Tables {
    fn move_thread_cursor(&mut self, room: RoomId, root: Seq, user: &UserId, seq: Seq) -> Option<ThreadView> {
        let table = self.rooms.get_mut(&room).filter(|table| table.members.contains_key(user))?;
        table.message(root).filter(|message| message.details.thread.is_none())?;
        let wanted = seq.min(table.head().seq);
        let cursor = table.thread_cursors.entry((user.clone(), root)).or_default();
        *cursor = wanted.max(*cursor);
        let read_seq = *cursor;
        thread(table, user, root, read_seq)
    }
}

/// When something was last said in a thread.
fn newest_of(table: &RoomTable, root: Seq) -> Option<Timestamp> {
    let newest = table.threads.get(&root)?.last()?;
    table.message(*newest).map(|message| message.created_at)
}

fn thread(table: &RoomTable, user: &UserId, root: Seq, read_seq: Seq) -> Option<ThreadView> {
    let most = usize::try_from(Cursor::MAX_UNREAD).unwrap_or(usize::MAX);
    let of_thread = table.threads.get(&root).into_iter().flatten();
    let after = of_thread.filter(|seq| **seq > read_seq).filter_map(|seq| table.message(*seq));
    let unread = after.filter(|message| message.sender.id != *user && !message.is_deleted());
    let unread = unread.take(most).count() as u64;
    Some(ThreadView { root: view(table, user, table.message(root)?), read_seq, unread })
}

fn messages(table: &RoomTable, viewer: &UserId, wanted: MessagePage) -> Page<MessageView> {
    let before = wanted.before_seq.unwrap_or(Seq(u64::MAX));
    let after = wanted.after_seq.unwrap_or(Seq::ZERO);
    let between = table.messages_after(after).take_while(|message| message.seq < before);
    let between: Vec<&Message> = between.filter(|message| message.details.thread == wanted.thread).collect();
    let bytes = |message: &&Message| message.text.as_str().len();
    let (mut messages, has_more) = if wanted.after_seq.is_some() {
        page(between.iter(), wanted.limit, PAGE_BYTES, bytes)
    } else {
        page(between.iter().rev(), wanted.limit, PAGE_BYTES, bytes)
    };
    if wanted.after_seq.is_none() {
        messages.reverse();
    }
    Page { items: messages.into_iter().map(|message| view(table, viewer, message)).collect(), has_more }
}

/// A message with what others added to it.
pub(crate) fn view(table: &RoomTable, viewer: &UserId, message: &Message) -> MessageView {
    let reactions = table.reactions.get(&message.seq).map_or(&[][..], Vec::as_slice);
    let mut kinds: Vec<Reaction> = vec![];
    for (emoji, user) in reactions {
        let is_named = |reaction: &Reaction| reaction.users.len() < Reaction::MAX_USERS || user == viewer;
        match kinds.iter_mut().find(|reaction| reaction.emoji == *emoji) {
            Some(reaction) => {
                if is_named(reaction) {
                    reaction.users.push(user.clone());
                }
                reaction.count += 1;
            }
            None => kinds.push(Reaction { emoji: emoji.clone(), count: 1, users: vec![user.clone()] }),
        }
    }
    MessageView { reactions: kinds, replies: replies(table, message.seq), message: message.clone() }
}

fn replies(table: &RoomTable, root: Seq) -> Option<Replies> {
    let of_thread = table.threads.get(&root)?.iter().filter_map(|seq| table.message(*seq));
    let there: Vec<&Message> = of_thread.filter(|message| !message.is_deleted()).collect();
    let last = there.last()?;
    Some(Replies { count: there.len() as u64, last_seq: last.seq, last_at: last.created_at })
}
