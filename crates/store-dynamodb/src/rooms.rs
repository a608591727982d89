//! The port [`Rooms`]: rooms as users see them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;
use chinwag_chat::search::fold;
use chinwag_chat::store::{Arrival, Page, Rooms};
use chinwag_chat::{CursorKind, Member, Moved, Rev, RoomId, RoomKind, RoomView, Seq, StoreError, UserId};

use crate::DynamoStore;
use crate::flow;
use crate::item::{Item, Key, NewItem};
use crate::keys;
use crate::page;
use crate::people;
use crate::people::parsed;
use crate::records::{ListedRoom, MemberRecord, RoomRecord, UserHead};
use crate::table::{Range, overtaken};
use crate::unit::Unit;
use crate::view;

/// How often who arrives is asked for again where their rooms change meanwhile.
const ARRIVALS: u32 = 8;
/// How many public rooms are sorted by their activity for one answer.
const MAX_PUBLIC_ROOMS: usize = 2_000;

#[async_trait]
impl Rooms for DynamoStore {
    async fn may_read(&self, room: RoomId, user: &UserId) -> Result<bool, StoreError> {
        Ok(self.readable(room, user).await?.is_some())
    }

    async fn room(&self, room: RoomId, user: &UserId) -> Result<Option<RoomView>, StoreError> {
        match self.readable(room, user).await? {
            Some((room, member)) => view::room(&self.table, room, member, user).await.map(Some),
            None => Ok(None),
        }
    }

    async fn rooms_of(
        &self,
        user: &UserId,
        after: Option<RoomId>,
        limit: usize,
    ) -> Result<Vec<RoomView>, StoreError> {
        let rooms = self.active_rooms_of(user).await?;
        let mut rooms = rooms.into_iter();
        if let Some(after) = after {
            // Passes it, or all of them.
            rooms.find(|room| room.id == after);
        }
        self.views(rooms.take(limit).collect(), user).await
    }

    async fn arrival_of(&self, user: &UserId) -> Result<Option<Arrival>, StoreError> {
        for attempt in 0..ARRIVALS {
            let Some(account) = self.account_record(user).await? else { return Ok(None) };
            let head = self.user_head(user).await?;
            let rooms = self.active_rooms_of(user).await?;
            // Whatever changes somebody's rooms is a change of their channel.
            if self.user_head(user).await? == head {
                let rooms = rooms.into_iter().map(|room| room.id).collect();
                return Ok(Some(Arrival {
                    user: account.user,
                    head,
                    rooms,
                    is_disabled: account.is_disabled,
                }));
            }
            self.table.wait_after(attempt).await;
        }
        Err(overtaken())
    }

    async fn small_rooms_of(
        &self,
        users: &[UserId],
        max_members: u64,
    ) -> Result<Vec<(RoomId, Vec<UserId>)>, StoreError> {
        let ids = flow::each(users, |user| self.room_ids_of(user)).await?;
        let mut rooms: BTreeMap<RoomId, BTreeSet<&UserId>> = BTreeMap::new();
        for (user, ids) in users.iter().zip(ids) {
            for id in ids {
                rooms.entry(id).or_default().insert(user);
            }
        }
        let wanted: Vec<RoomId> = rooms.keys().copied().collect();
        let records = self.room_records(&wanted).await?;
        let small: BTreeSet<RoomId> =
            records.iter().filter(|room| room.member_count <= max_members).map(|room| room.id).collect();
        let small = rooms.into_iter().filter(|(id, _)| small.contains(id));
        Ok(small.map(|(id, users)| (id, users.into_iter().cloned().collect())).collect())
    }

    async fn share_a_room(&self, one: &UserId, other: &UserId) -> Result<bool, StoreError> {
        let ones: BTreeSet<RoomId> = self.room_ids_of(one).await?.into_iter().collect();
        Ok(self.room_ids_of(other).await?.iter().any(|room| ones.contains(room)))
    }

    async fn public_rooms(
        &self,
        query: &str,
        user: &UserId,
        limit: usize,
    ) -> Result<Vec<RoomView>, StoreError> {
        let query = fold(query);
        let listed = self.table.range(&Range::all(keys::PUBLIC_ROOMS)).await?;
        let mut wanted = Vec::new();
        for item in &listed {
            let room: ListedRoom = item.record()?;
            if room.holds(&query) {
                wanted.push(room.id);
            }
        }
        wanted.truncate(MAX_PUBLIC_ROOMS);
        let mut rooms = self.by_activity(&wanted).await?;
        rooms.truncate(limit);
        self.views(rooms, user).await
    }

    async fn members(
        &self,
        room: RoomId,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Page<Member>, StoreError> {
        let mut range = Range::beginning(keys::room_partition(room), keys::MEMBERS);
        if let Some(after) = after {
            range = range.after(&keys::member(room, after).sk);
        }
        let found = self.table.range(&range.limit(limit.saturating_add(1))).await?;
        let mut ids: Vec<UserId> = Vec::with_capacity(found.len());
        for item in &found {
            ids.push(parsed(item.key.sk.strip_prefix(keys::MEMBERS).unwrap_or_default())?);
        }
        let accounts = people::accounts(&self.table, ids.iter().collect()).await?;
        let mut members = Vec::with_capacity(found.len());
        for (id, item) in ids.iter().zip(&found) {
            let member: MemberRecord = item.record()?;
            members.extend(accounts.get(id).map(|account| member.of(account.user.clone())));
        }
        Ok(page::of(members, limit))
    }

    async fn move_cursor(
        &self,
        room: RoomId,
        user: &UserId,
        kind: CursorKind,
        seq: Seq,
    ) -> Result<Option<Moved>, StoreError> {
        let table = &*self.table;
        let attempt = || async move {
            let mut unit = Unit::new(table);
            let key = keys::member(room, user);
            unit.fetch([keys::room(room), key.clone()]).await?;
            let record = unit.read::<RoomRecord>(&keys::room(room)).await?;
            let member = unit.read::<MemberRecord>(&key).await?;
            let Some((record, mut member)) = record.zip(member) else { return Ok(Some(None)) };
            let before = (member.read_seq, member.delivered_seq);
            let wanted = seq.min(record.seq);
            if kind == CursorKind::Read {
                member.read_seq = member.read_seq.max(wanted);
            }
            member.delivered_seq = member.delivered_seq.max(wanted);
            let is_further = before != (member.read_seq, member.delivered_seq);
            if is_further {
                unit.put(NewItem::of(key, &member)?);
            }
            Ok(unit.commit().await?.then_some(Some((record, member, is_further))))
        };
        let Some((record, member, is_further)) = table.until_settled(attempt).await? else { return Ok(None) };
        let cursor = match kind {
            CursorKind::Read => Some(view::cursor(table, &record, user, member.read_seq).await?),
            CursorKind::Delivered => None,
        };
        let MemberRecord { read_seq, delivered_seq, .. } = member;
        Ok(Some(Moved { read_seq, cursor, delivered_seq, is_further, member_count: record.member_count }))
    }
}

impl DynamoStore {
    /// The room, if the user may read it, and their membership.
    pub(crate) async fn readable(
        &self,
        room: RoomId,
        user: &UserId,
    ) -> Result<Option<(RoomRecord, Option<MemberRecord>)>, StoreError> {
        let Some((room, member)) = self.room_and_member(room, user).await? else { return Ok(None) };
        Ok((room.kind == RoomKind::Public || member.is_some()).then_some((room, member)))
    }

    /// The room, whether or not the user may read it.
    pub(crate) async fn room_and_member(
        &self,
        room: RoomId,
        user: &UserId,
    ) -> Result<Option<(RoomRecord, Option<MemberRecord>)>, StoreError> {
        let key = keys::room(room);
        let (mut record, mut member) = (None, None);
        for item in self.table.get_many(&[key.clone(), keys::member(room, user)]).await? {
            if item.key == key {
                record = Some(item.record()?);
            } else {
                member = Some(item.record()?);
            }
        }
        Ok(record.map(|record| (record, member)))
    }

    pub(crate) async fn room_ids_of(&self, user: &UserId) -> Result<Vec<RoomId>, StoreError> {
        let range = Range::beginning(keys::user_partition(user), keys::ROOMS_OF);
        self.table.range(&range).await?.iter().map(Item::record).collect()
    }

    /// The user's rooms, the most recently active first. When a room was last active is written in the room alone: a post
    /// is not a write for each of its members.
    pub(crate) async fn active_rooms_of(&self, user: &UserId) -> Result<Vec<RoomRecord>, StoreError> {
        let ids = self.room_ids_of(user).await?;
        self.by_activity(&ids).await
    }

    async fn by_activity(&self, ids: &[RoomId]) -> Result<Vec<RoomRecord>, StoreError> {
        let mut rooms = self.room_records(ids).await?;
        rooms.sort_unstable_by_key(|room| (Reverse(room.active_at), room.id));
        Ok(rooms)
    }

    /// Those of the rooms that there are, in any order.
    pub(crate) async fn room_records(&self, ids: &[RoomId]) -> Result<Vec<RoomRecord>, StoreError> {
        let wanted: Vec<Key> = ids.iter().map(|id| keys::room(*id)).collect();
        self.table.get_many(&wanted).await?.iter().map(Item::record).collect()
    }

    async fn user_head(&self, user: &UserId) -> Result<Rev, StoreError> {
        self.table
            .get(&keys::user_head(user))
            .await?
            .map_or(Ok(Rev::ZERO), |item| item.record().map(|head: UserHead| head.rev))
    }

    async fn views(&self, rooms: Vec<RoomRecord>, user: &UserId) -> Result<Vec<RoomView>, StoreError> {
        let members: Vec<Key> = rooms.iter().map(|room| keys::member(room.id, user)).collect();
        let found = self.table.get_many(&members).await?;
        let found: HashMap<&Key, &Item> = found.iter().map(|item| (&item.key, item)).collect();
        let mut seen = Vec::with_capacity(rooms.len());
        for (room, key) in rooms.into_iter().zip(&members) {
            let member = found.get(key).map(|item| item.record::<MemberRecord>()).transpose()?;
            seen.push((room, member));
        }
        flow::each(&seen, |(room, member)| view::room(&self.table, room.clone(), member.clone(), user)).await
    }
}
