//! The port [`Messages`]: messages as users see them.

use std::cmp::Reverse;
use std::collections::HashMap;

use async_trait::async_trait;
use chinwag_chat::store::{MessagePage, Messages, PAGE_BYTES, Page, ThreadView};
use chinwag_chat::{Edit, MessageView, RoomId, Seq, StoreError, Timestamp, UserId};

use crate::DynamoStore;
use crate::flow;
use crate::item::Key;
use crate::keys;
use crate::page;
use crate::people::parsed;
use crate::records::{MessageRecord, RoomRecord};
use crate::table::Range;
use crate::threads;
use crate::unit::Unit;
use crate::view;
use crate::writes::edits_of;

#[async_trait]
impl Messages for DynamoStore {
    async fn messages(
        &self,
        room: RoomId,
        viewer: &UserId,
        wanted: MessagePage,
    ) -> Result<Page<MessageView>, StoreError> {
        let records = self.records(room, wanted).await?;
        let bytes = |record: &MessageRecord| record.message.text.as_str().len();
        let (mut records, has_more) = page::cut(records, wanted.limit, PAGE_BYTES, bytes);
        if wanted.after_seq.is_none() {
            records.reverse();
        }
        let items = view::messages(&self.table, room, viewer, records).await?;
        Ok(Page { items, has_more })
    }

    async fn message(
        &self,
        room: RoomId,
        viewer: &UserId,
        seq: Seq,
    ) -> Result<Option<MessageView>, StoreError> {
        let Some(item) = self.table.get(&keys::message(room, seq)).await? else { return Ok(None) };
        Ok(view::messages(&self.table, room, viewer, vec![item.record()?]).await?.pop())
    }

    async fn pins(&self, room: RoomId, viewer: &UserId) -> Result<Vec<MessageView>, StoreError> {
        let pins = self.table.range(&Range::beginning(keys::room_partition(room), keys::PINS)).await?;
        let mut wanted = Vec::with_capacity(pins.len());
        for pin in &pins {
            wanted.push(keys::message(room, pin.record()?));
        }
        let mut records = view::records(&self.table.get_many(&wanted).await?)?;
        records.retain(|record| record.message.details.pinned_at.is_some());
        records.sort_by_key(|record| Reverse((record.message.details.pinned_at, record.message.seq)));
        // Between two pins there may be any number of other messages.
        let views =
            flow::each(&records, |record| view::messages(&self.table, room, viewer, vec![record.clone()]));
        Ok(views.await?.into_iter().flatten().collect())
    }

    async fn edits(&self, room: RoomId, seq: Seq) -> Result<Vec<Edit>, StoreError> {
        self.table.range(&edits_of(room, seq)).await?.iter().map(crate::item::Item::record).collect()
    }

    async fn threads_of(&self, user: &UserId, limit: usize) -> Result<Vec<ThreadView>, StoreError> {
        let mut followed = self.followed(user).await?;
        followed.sort_by_key(|followed| (Reverse(followed.newest_at), followed.room, followed.root));
        followed.truncate(limit);
        let views = flow::each(&followed, |Followed { room, root, read_seq, .. }| {
            threads::view_of(&self.table, *room, *root, user, *read_seq)
        });
        Ok(views.await?.into_iter().flatten().collect())
    }

    async fn move_thread_cursor(
        &self,
        room: RoomId,
        root: Seq,
        user: &UserId,
        seq: Seq,
    ) -> Result<Option<ThreadView>, StoreError> {
        let table = &*self.table;
        let attempt = || async move {
            let mut unit = Unit::new(table);
            let (member, beginning) = (keys::member(room, user), keys::message(room, root));
            unit.fetch([keys::room(room), member.clone(), beginning.clone()]).await?;
            let record = unit.read::<RoomRecord>(&keys::room(room)).await?;
            let is_member = unit.has(&member).await?;
            let beginning = unit.read::<MessageRecord>(&beginning).await?;
            let has_beginning = beginning.is_some_and(|record| record.message.details.thread.is_none());
            let Some(record) = record.filter(|_| is_member && has_beginning) else { return Ok(Some(None)) };
            let read_seq = threads::follow(&mut unit, room, root, user, seq.min(record.seq)).await?;
            Ok(unit.commit().await?.then_some(Some(read_seq)))
        };
        match table.until_settled(attempt).await? {
            Some(read_seq) => threads::view_of(table, room, root, user, read_seq).await,
            None => Ok(None),
        }
    }
}

/// A thread that somebody takes part in.
struct Followed {
    room: RoomId,
    root: Seq,
    read_seq: Seq,
    /// When something was last said in it.
    newest_at: Option<Timestamp>,
}

impl DynamoStore {
    /// Messages in the order in which a page takes them, more than it takes where there are more.
    async fn records(&self, room: RoomId, wanted: MessagePage) -> Result<Vec<MessageRecord>, StoreError> {
        let MessagePage { before_seq, after_seq, thread, limit } = wanted;
        let first = after_seq.unwrap_or_default().0.saturating_add(1);
        let last = before_seq.map_or(u64::MAX, |before| before.0.saturating_sub(1));
        if first > last {
            return Ok(vec![]);
        }
        let partition = match thread {
            Some(root) => keys::thread_partition(room, root),
            None => keys::messages_partition(room),
        };
        let mut range = Range::between(partition, keys::digits(first), keys::digits(last));
        range = range.limit(limit.saturating_add(1));
        if after_seq.is_none() {
            range = range.newest_first();
        }
        if thread.is_none() {
            let own = range.filter("attribute_not_exists(in_thread)", vec![]).max_bytes(2 * PAGE_BYTES);
            return view::records(&self.table.range(&own).await?);
        }
        let leads = self.table.range(&range).await?;
        let keys = leads.iter().map(|item| Key::new(keys::messages_partition(room), &item.key.sk));
        let mut records = view::records(&self.table.get_many(&keys.collect::<Vec<_>>()).await?)?;
        records.sort_unstable_by_key(|record| record.message.seq);
        if after_seq.is_none() {
            records.reverse();
        }
        Ok(records)
    }

    /// The threads that the user takes part in, in rooms that they are a member of.
    async fn followed(&self, user: &UserId) -> Result<Vec<Followed>, StoreError> {
        let leads = Range::beginning(keys::user_partition(user), keys::FOLLOWED);
        let leads = self.table.range(&leads).await?;
        let rooms = self.room_ids_of(user).await?;
        let mut followed = Vec::with_capacity(leads.len());
        for lead in &leads {
            let place = lead.key.sk.strip_prefix(keys::FOLLOWED).and_then(|place| place.split_once('#'));
            let (room, root) = place.unwrap_or_default();
            let (room, root) = (parsed(room)?, Seq(parsed(root)?));
            if rooms.contains(&room) {
                followed.push(Followed { room, root, read_seq: lead.record()?, newest_at: None });
            }
        }
        let roots: Vec<Key> =
            followed.iter().map(|followed| keys::message(followed.room, followed.root)).collect();
        let mut newest: HashMap<(RoomId, Seq), Option<Timestamp>> = HashMap::new();
        for record in view::records(&self.table.get_many(&roots).await?)? {
            let newest_at = record.thread.map(|thread| thread.newest_at);
            newest.insert((record.message.room, record.message.seq), newest_at);
        }
        // A thread whose beginning has outlived its time is listed no more.
        followed.retain_mut(|followed| {
            let known = newest.get(&(followed.room, followed.root));
            followed.newest_at = known.copied().flatten();
            known.is_some()
        });
        Ok(followed)
    }
}
