//! The port [`Rooms`]: rooms as users see them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use async_trait::async_trait;
use chinwag_chat::search::fold;
use chinwag_chat::store::{Arrival, Page, Rooms};
use chinwag_chat::{CursorKind, Member, Moved, Rev, RoomId, RoomKind, RoomView, Seq, StoreError, UserId};

use crate::MemoryStore;
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

    async fn rooms_of(
        &self,
        user: &UserId,
        after: Option<RoomId>,
        limit: usize,
    ) -> Result<Vec<RoomView>, StoreError> {
        let tables = self.tables.read();
        let mut rooms = rooms_of(&tables, user).into_iter();
        if let Some(after) = after {
            // Passes it, or all of them.
            rooms.find(|table| table.room.id == after);
        }
        let rooms = rooms.take(limit);
        Ok(rooms.map(|table| view::of(&tables, table, user)).collect())
    }

    async fn arrival_of(&self, user: &UserId) -> Result<Option<Arrival>, StoreError> {
        let tables = self.tables.read();
        Ok(tables.users.get(user).map(|table| Arrival {
            user: table.user.clone(),
            head: Rev(table.log.len() as u64),
            is_disabled: table.is_disabled,
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

    async fn move_cursor(
        &self,
        room: RoomId,
        user: &UserId,
        kind: CursorKind,
        seq: Seq,
    ) -> Result<Option<Moved>, StoreError> {
        let mut tables = self.tables.write();
        let Some(table) = tables.rooms.get_mut(&room) else { return Ok(None) };
        let wanted = seq.min(table.head().seq);
        let Some(member) = table.members.get_mut(user) else { return Ok(None) };
        let before = *member;
        if kind == CursorKind::Read {
            member.read_seq = member.read_seq.max(wanted);
        }
        member.delivered_seq = member.delivered_seq.max(wanted);
        let after = *member;
        Ok(Some(Moved {
            read_seq: after.read_seq,
            cursor: (kind == CursorKind::Read).then(|| table.cursor_at(user, after.read_seq)),
            delivered_seq: after.delivered_seq,
            is_further: (before.read_seq, before.delivered_seq) != (after.read_seq, after.delivered_seq),
            member_count: table.room.member_count,
        }))
    }
}

/// The room, if the user may read it.
pub(crate) fn readable<'a>(tables: &'a Tables, room: RoomId, user: &UserId) -> Option<&'a RoomTable> {
    let visible =
        |table: &&RoomTable| table.room.kind == RoomKind::Public || table.members.contains_key(user);
    tables.rooms.get(&room).filter(visible)
}

fn rooms_of<'a>(tables: &'a Tables, user: &UserId) -> Vec<&'a RoomTable> {
    tables.users.get(user).map_or_else(Vec::new, |table| view::by_activity(tables, table.rooms.iter()))
}
