//! The port [`Rooms`]: rooms as users see them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use async_trait::async_trait;
use chinwag_chat::search::fold;
use chinwag_chat::store::{Arrival, MessagePage, PAGE_BYTES, Page, Rooms};
use chinwag_chat::{Cursor, Member, Message, Rev, RoomId, RoomKind, RoomView, Seq, StoreError, UserId};

use crate::MemoryStore;
use crate::page::page;
use crate::tables::{RoomTable, Tables};
use crate::view;

#[async_trait]
impl Rooms for MemoryStore {
    async fn may_read(&self, room: RoomId, user: &UserId) -> Result<bool, StoreError> {
        Ok(readable(&self.tables.read(), room, user).is_some())
    }

    async fn room(&self, room: RoomId, user: &UserId) -> Result<Option<RoomView>, StoreError> {
        let tables = self.tables.read();
        Ok(readable(&tables, room, user).map(|table| view::of(&tables, table, user)))
    }

    async fn rooms_of(&self, user: &UserId, limit: usize) -> Result<Vec<RoomView>, StoreError> {
        let tables = self.tables.read();
        let rooms = rooms_of(&tables, user).into_iter().take(limit);
        Ok(rooms.map(|table| view::of(&tables, table, user)).collect())
    }

    async fn arrival_of(&self, user: &UserId) -> Result<Option<Arrival>, StoreError> {
        let tables = self.tables.read();
        Ok(tables.users.get(user).map(|table| Arrival {
            user: table.user.clone(),
            head: Rev(table.log.len() as u64),
            rooms: rooms_of(&tables, user).into_iter().map(|table| table.room.id).collect(),
        }))
    }

    async fn small_rooms_of(
        &self,
        users: &[UserId],
        max_members: u64,
    ) -> Result<Vec<(RoomId, Vec<UserId>)>, StoreError> {
        let tables = self.tables.read();
        let mut rooms: BTreeMap<RoomId, BTreeSet<&UserId>> = BTreeMap::new();
        for user in users {
            for room in tables.users.get(user).into_iter().flat_map(|table| &table.rooms) {
                if tables.rooms.get(room).is_some_and(|table| table.room.member_count <= max_members) {
                    rooms.entry(*room).or_default().insert(user);
                }
            }
        }
        Ok(rooms.into_iter().map(|(room, users)| (room, users.into_iter().cloned().collect())).collect())
    }

    async fn share_a_room(&self, one: &UserId, other: &UserId) -> Result<bool, StoreError> {
        let tables = self.tables.read();
        let rooms = |user| tables.users.get(user).map(|table| &table.rooms);
        Ok(rooms(one).zip(rooms(other)).is_some_and(|(ones, others)| !ones.is_disjoint(others)))
    }

    async fn public_rooms(
        &self,
        query: &str,
        user: &UserId,
        limit: usize,
    ) -> Result<Vec<RoomView>, StoreError> {
        let tables = self.tables.read();
        let query = fold(query);
        let fits = |table: &&RoomTable| {
            let name = table.room.name.as_ref().map(|name| fold(name.as_str())).unwrap_or_default();
            query.split_whitespace().all(|word| name.contains(word))
        };
        let rooms = view::by_activity(&tables, tables.public_rooms.iter()).into_iter().filter(fits);
        Ok(rooms.take(limit).map(|table| view::of(&tables, table, user)).collect())
    }

    async fn members(
        &self,
        room: RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Page<Member>, StoreError> {
        let tables = self.tables.read();
        let Some(table) = tables.rooms.get(&room) else {
            return Ok(Page { items: vec![], has_more: false });
        };
        let begin = after.map_or(Bound::Unbounded, Bound::Excluded);
        let members = table.members.range::<UserId, _>((begin, Bound::Unbounded));
        let mut members = members.filter_map(|(id, member)| Some(member.of(tables.user(id)?)));
        let items = members.by_ref().take(limit).collect();
        Ok(Page { items, has_more: members.next().is_some() })
    }

    async fn messages(&self, room: RoomId, page: MessagePage) -> Result<Page<Message>, StoreError> {
        let tables = self.tables.read();
        Ok(match tables.rooms.get(&room) {
            Some(table) => messages(table, page),
            None => Page { items: vec![], has_more: false },
        })
    }

    async fn mark_read(&self, room: RoomId, user: &UserId, seq: Seq) -> Result<Option<Cursor>, StoreError> {
        let mut tables = self.tables.write();
        let Some(table) = tables.rooms.get_mut(&room) else { return Ok(None) };
        let head = table.head().seq;
        let Some(member) = table.members.get_mut(user) else { return Ok(None) };
        member.read_seq = member.read_seq.max(seq.min(head));
        Ok(Some(Cursor::at(member.read_seq, head)))
    }
}

/// The room, if the user may read it.
fn readable<'a>(tables: &'a Tables, room: RoomId, user: &UserId) -> Option<&'a RoomTable> {
    let visible =
        |table: &&RoomTable| table.room.kind == RoomKind::Public || table.members.contains_key(user);
    tables.rooms.get(&room).filter(visible)
}

fn rooms_of<'a>(tables: &'a Tables, user: &UserId) -> Vec<&'a RoomTable> {
    tables.users.get(user).map_or_else(Vec::new, |table| view::by_activity(tables, table.rooms.iter()))
}

fn messages(table: &RoomTable, wanted: MessagePage) -> Page<Message> {
    let before = wanted.before_seq.map_or(u64::MAX, |seq| seq.0);
    let last = before.saturating_sub(1).min(table.messages.len() as u64);
    let first = wanted.after_seq.map_or(0, |seq| seq.0).min(last);
    let between = table.messages.get(position(first)..position(last)).unwrap_or_default();
    let bytes = |rev: &Rev| table.message_at(*rev).map_or(0, |message| message.text.as_str().len());
    let (mut revs, has_more) = if wanted.after_seq.is_some() {
        page(between.iter(), wanted.limit, PAGE_BYTES, bytes)
    } else {
        page(between.iter().rev(), wanted.limit, PAGE_BYTES, bytes)
    };
    if wanted.after_seq.is_none() {
        revs.reverse();
    }
    let items = revs.into_iter().filter_map(|rev| table.message_at(*rev).cloned()).collect();
    Page { items, has_more }
}

fn position(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
