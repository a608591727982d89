//! The port [`Duties`]: data that goes.

use std::time::Duration;

use async_trait::async_trait;
use chinwag_chat::store::{Duties, LogPlace, RoomAge};
use chinwag_chat::{
    ClientId, NodeId, RoomId, Seq, SessionId, StoreError, Timestamp, User, UserId, UserName, erased,
};
use serde::{Deserialize, Serialize};

use crate::DynamoStore;
use crate::flow;
use crate::item::{Item, Key, NewItem};
use crate::keys;
use crate::people::parsed;
use crate::records::{ListedRoom, RoomRecord};
use crate::table::Range;
use crate::unit::Unit;
use crate::view;

/// How many rooms, or messages, are looked at once to find some.
const AT_ONCE: usize = 100;

/// Who sees to a duty, and until when.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct DutyRecord {
    holder: NodeId,
    until: Timestamp,
}

#[async_trait]
impl Duties for DynamoStore {
    async fn claim_duty(
        &self,
        duty: &str,
        holder: &NodeId,
        at: Timestamp,
        hold: Duration,
    ) -> Result<bool, StoreError> {
        let table = &*self.table;
        let attempt = || async move {
            let mut unit = Unit::new(table);
            let key = keys::duty(duty);
            let known = unit.read::<DutyRecord>(&key).await?;
            if known.is_some_and(|known| known.holder != *holder && known.until > at) {
                return Ok(Some(false));
            }
            let until = at.plus(hold);
            let record = DutyRecord { holder: holder.clone(), until };
            unit.put(NewItem::of(key, &record)?.expiring(until));
            Ok(unit.commit().await?.then_some(true))
        };
        table.until_settled(attempt).await
    }

    async fn forget_duties(&self, _: Timestamp) -> Result<(), StoreError> {
        // What nobody holds counts for nothing, and the table throws it away by itself.
        Ok(())
    }

    async fn room_ages(&self, after: Option<RoomId>, limit: usize) -> Result<Vec<RoomAge>, StoreError> {
        let mut ages = Vec::new();
        let mut range = Range::all(keys::ALL_ROOMS).limit(AT_ONCE);
        if let Some(after) = after {
            range = range.after(&after.to_string());
        }
        while ages.len() < limit {
            let listed = self.table.range(&range).await?;
            let Some(last) = listed.last() else { break };
            range = range.after(&last.key.sk);
            let ids: Vec<RoomId> = listed
                .iter()
                .map(|item| item.record::<ListedRoom>().map(|room| room.id))
                .collect::<Result<_, _>>()?;
            let mut rooms = self.room_records(&ids).await?;
            rooms.retain(|room| room.seq > room.trimmed_seq);
            rooms.sort_unstable_by_key(|room| room.id);
            ages.extend(flow::each(&rooms, |room| self.age_of(room)).await?.into_iter().flatten());
        }
        ages.truncate(limit);
        Ok(ages)
    }

    async fn trim(
        &self,
        room: RoomId,
        before: Timestamp,
        most: usize,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        self.trim_room(room, before, most, at).await
    }

    async fn begin_erasure(
        &self,
        user: &UserId,
        name: &UserName,
        by: Option<&UserId>,
        at: Timestamp,
    ) -> Result<Option<Vec<SessionId>>, StoreError> {
        let display_name = erased::display_name().map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let nobody = User::new(user.clone(), name.clone(), display_name);
        self.become_nobody(&nobody, by, at).await
    }

    async fn erasures(&self, limit: usize) -> Result<Vec<UserId>, StoreError> {
        self.begun_erasures(limit).await
    }

    async fn messages_to_erase(
        &self,
        user: &UserId,
        room: RoomId,
        after: Option<&ClientId>,
        limit: usize,
    ) -> Result<Vec<(ClientId, Seq)>, StoreError> {
        let mut found = Vec::new();
        let mut range = Range::all(keys::sent_partition(room, user)).limit(AT_ONCE);
        if let Some(after) = after {
            range = range.after(after.as_str());
        }
        while found.len() < limit {
            let sent = self.table.range(&range).await?;
            let Some(last) = sent.last() else { break };
            range = range.after(&last.key.sk);
            let seqs: Vec<Seq> = sent.iter().map(Item::record).collect::<Result<_, _>>()?;
            let wanted: Vec<Key> = seqs.iter().map(|seq| keys::message(room, *seq)).collect();
            let records = view::records(&self.table.get_many(&wanted).await?)?;
            let says_something = |seq: Seq| {
                records.iter().any(|record| record.message.seq == seq && !record.message.is_deleted())
            };
            for (item, seq) in sent.iter().zip(seqs) {
                if says_something(seq) {
                    found.push((parsed(&item.key.sk)?, seq));
                }
            }
        }
        found.truncate(limit);
        Ok(found)
    }

    async fn scrub_logs(&self, user: &UserId, from: &LogPlace) -> Result<Option<LogPlace>, StoreError> {
        let LogPlace(from, step) = from;
        let next = self.scrub(user, from).await?;
        Ok(next.map(|place| LogPlace(place, step + 1)))
    }

    async fn finish_erasure(&self, user: &UserId) -> Result<(), StoreError> {
        self.end_erasure(user).await
    }
}

impl DynamoStore {
    /// How old a room's oldest message is; nothing where it has none.
    async fn age_of(&self, room: &RoomRecord) -> Result<Option<RoomAge>, StoreError> {
        let oldest =
            Range::all(keys::messages_partition(room.id)).after(&keys::digits(room.trimmed_seq.0)).limit(1);
        let oldest = view::records(&self.table.range(&oldest).await?)?.pop();
        Ok(oldest.map(|record| RoomAge {
            room: room.id,
            retention_days: room.settings.retention_days,
            oldest_at: record.message.created_at,
        }))
    }
}
