//! The port [`Exports`]: what an export is read from.

use std::collections::HashSet;

use async_trait::async_trait;
use chinwag_chat::store::{Exports, MessageRecord as Exported, OwnReaction, PAGE_BYTES, Records};
use chinwag_chat::{Room, RoomId, Seq, StoreError, Timestamp, UserId};

use crate::DynamoStore;
use crate::item::Key;
use crate::keys;
use crate::page;
use crate::people::parsed;
use crate::records::{MessageRecord, RoomRecord};
use crate::table::Range;
use crate::view;

/// How many messages are read at once to find somebody's.
const AT_ONCE: usize = 200;

#[async_trait]
impl Exports for DynamoStore {
    async fn room_record(&self, room: RoomId) -> Result<Option<Room>, StoreError> {
        Ok(self.room_records(&[room]).await?.pop().map(RoomRecord::room))
    }

    async fn account_created_at(&self, user: &UserId) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.account_record(user).await?.map(|account| account.created_at))
    }

    async fn message_records(&self, room: RoomId, which: &Records) -> Result<Vec<Exported>, StoreError> {
        let is_wanted = |record: &MessageRecord| {
            which.sender.as_ref().is_none_or(|sender| record.message.sender.id == *sender)
        };
        let mut wanted: Vec<MessageRecord> = Vec::new();
        let mut after = which.after;
        while wanted.len() < which.limit && after < which.until {
            let range = Range::between(
                keys::messages_partition(room),
                keys::digits(after.next().0),
                keys::digits(which.until.0),
            );
            let found = self.table.range(&range.limit(AT_ONCE).max_bytes(PAGE_BYTES)).await?;
            let records = view::records(&found)?;
            let Some(last) = records.last() else { break };
            after = last.message.seq;
            wanted.extend(records.into_iter().filter(is_wanted));
            let bytes: usize = wanted.iter().map(|record| record.message.text.as_str().len()).sum();
            if bytes > PAGE_BYTES {
                break;
            }
        }
        let bytes = |record: &MessageRecord| record.message.text.as_str().len();
        let (wanted, _) = page::cut(wanted, which.limit, PAGE_BYTES, bytes);
        let mut reactions = view::reactions(&self.table, room, &wanted).await?;
        let exported = wanted.into_iter().map(|MessageRecord { message, .. }| {
            let reactions = reactions.remove(&message.seq).unwrap_or_default();
            let reactions = reactions.into_iter().map(|reaction| (reaction.emoji, reaction.user)).collect();
            Exported { message, reactions }
        });
        Ok(exported.collect())
    }

    async fn room_written_in(
        &self,
        user: &UserId,
        after: Option<RoomId>,
    ) -> Result<Option<RoomId>, StoreError> {
        let mut range = Range::beginning(keys::user_partition(user), keys::WROTE).limit(1);
        if let Some(after) = after {
            range = range.after(&keys::wrote(user, after).sk);
        }
        self.table.range(&range).await?.first().map(crate::item::Item::record).transpose()
    }

    async fn reactions_of(
        &self,
        user: &UserId,
        after: Option<&OwnReaction>,
        limit: usize,
    ) -> Result<Vec<OwnReaction>, StoreError> {
        let mut range = Range::beginning(keys::user_partition(user), keys::REACTED).limit(AT_ONCE);
        if let Some(OwnReaction { room, seq, emoji }) = after {
            range = range.after(&keys::reacted(user, *room, *seq, emoji).sk);
        }
        let mut reactions = Vec::new();
        while reactions.len() < limit {
            let found = self.table.range(&range).await?;
            let Some(last) = found.last() else { break };
            range = range.after(&last.key.sk);
            let of_page =
                found.iter().map(|item| reaction(&item.key.sk)).collect::<Result<Vec<_>, StoreError>>()?;
            let there = self.not_deleted(&of_page).await?;
            reactions.extend(of_page.into_iter().filter(|own| there.contains(&(own.room, own.seq))));
        }
        reactions.truncate(limit);
        Ok(reactions)
    }
}

/// What a sort key says that somebody put where.
fn reaction(sk: &str) -> Result<OwnReaction, StoreError> {
    let mut parts = sk.strip_prefix(keys::REACTED).unwrap_or_default().splitn(3, '#');
    let mut part = || parts.next().unwrap_or_default();
    Ok(OwnReaction { room: parsed(part())?, seq: Seq(parsed(part())?), emoji: parsed(part())? })
}

impl DynamoStore {
    /// The messages of these reactions that were not deleted: what is under others is about to be swept up.
    async fn not_deleted(&self, reactions: &[OwnReaction]) -> Result<HashSet<(RoomId, Seq)>, StoreError> {
        let wanted: Vec<Key> = reactions.iter().map(|own| keys::message(own.room, own.seq)).collect();
        let records = view::records(&self.table.get_many(&wanted).await?)?;
        let there = records.into_iter().map(|record| record.message).filter(|message| !message.is_deleted());
        Ok(there.map(|message| (message.room, message.seq)).collect())
    }
}
