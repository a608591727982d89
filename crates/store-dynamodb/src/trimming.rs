//! What has outlived its time goes: in one transaction the room says up to where, and then it is swept up.
//!
//! Whoever is cut off in between has the rest swept up the next time: a message's own item goes last.

use std::sync::Arc;

use chinwag_chat::{Change, Hint, Message, Rev, RoomChange, RoomEvent, RoomId, Seq, StoreError, Timestamp};

use crate::DynamoStore;
use crate::files;
use crate::item::Key;
use crate::keys;
use crate::records::{MessageRecord, ReactionRecord, RoomRecord};
use crate::table::Range;
use crate::unit::Unit;
use crate::view;
use crate::writes;

/// How many changes are swept up at once.
const CHANGES_AT_ONCE: usize = 500;

impl DynamoStore {
    /// Removes a room's oldest messages; how many.
    pub(crate) async fn trim_room(
        &self,
        room: RoomId,
        before: Timestamp,
        most: usize,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let table = &*self.table;
        let attempt = || async move {
            let mut unit = Unit::new(table);
            let Some(mut record) = unit.read::<RoomRecord>(&keys::room(room)).await? else {
                return Ok(Some(None));
            };
            let oldest = self.messages_up_to(room, Seq(u64::MAX), record.trimmed_seq, most).await?;
            let outlived: Vec<Message> =
                oldest.into_iter().take_while(|message| message.created_at < before).collect();
            let Some((up_to, up_to_rev)) = outlived.last().map(|last| (last.seq, last.rev)) else {
                return Ok(Some(Some((record, vec![], None))));
            };
            (record.trimmed_seq, record.trimmed_rev) = (up_to, up_to_rev.max(record.trimmed_rev));
            record.rev = record.rev.next();
            let event = RoomEvent::MessagesRemoved { up_to };
            let change = RoomChange { room, rev: record.rev, at, event };
            writes::append(&mut unit, &change)?;
            unit.put(record.item()?);
            Ok::<_, StoreError>(unit.commit().await?.then_some(Some((record, outlived, Some(change)))))
        };
        let Some((record, outlived, change)) = table.until_settled(attempt).await? else { return Ok(0) };
        if let Some(change) = change {
            self.writer.announce(Hint::Changed(Arc::new(Change::Room(change))));
        }
        if record.trimmed_seq > Seq::ZERO {
            self.sweep_room(room, record.trimmed_seq, record.trimmed_rev).await?;
        }
        Ok(outlived.len() as u64)
    }

    /// Sweeps up all that has outlived its time, with what an earlier attempt has left.
    async fn sweep_room(&self, room: RoomId, up_to: Seq, up_to_rev: Rev) -> Result<(), StoreError> {
        loop {
            let left = self.messages_up_to(room, up_to, Seq::ZERO, CHANGES_AT_ONCE).await?;
            if left.is_empty() {
                break;
            }
            self.sweep_messages(room, &left).await?;
        }
        loop {
            let range = Range::between(keys::log_partition(room), keys::digits(0), keys::digits(up_to_rev.0));
            let left = self.table.range(&range.limit(CHANGES_AT_ONCE)).await?;
            if left.is_empty() {
                return Ok(());
            }
            self.table.sweep(&left.into_iter().map(|item| item.key).collect::<Vec<_>>()).await?;
        }
    }

    /// The oldest messages after one of them and up to another.
    async fn messages_up_to(
        &self,
        room: RoomId,
        up_to: Seq,
        after: Seq,
        most: usize,
    ) -> Result<Vec<Message>, StoreError> {
        let (first, last) = (keys::digits(after.next().0), keys::digits(up_to.0));
        let range = Range::between(keys::messages_partition(room), first, last).limit(most.max(1));
        let records = view::records(&self.table.range(&range).await?)?;
        Ok(records.into_iter().take(most).map(|MessageRecord { message, .. }| message).collect())
    }

    /// Takes away messages that follow each other, with all that belongs to them.
    async fn sweep_messages(&self, room: RoomId, messages: &[Message]) -> Result<(), StoreError> {
        let table = &*self.table;
        let mut swept: Vec<Key> = Vec::new();
        for message in messages {
            for file in &message.details.attachments {
                let attempt = || async move {
                    let mut unit = Unit::new(table);
                    files::give_up(&mut unit, file.id).await?;
                    Ok::<_, StoreError>(unit.commit().await?.then_some(()))
                };
                table.until_settled(attempt).await?;
            }
            swept.extend([
                keys::sent(room, &message.sender.id, &message.client_id),
                keys::mention(room, message.seq),
                keys::pin(room, message.seq),
            ]);
            swept.extend(message.details.thread.map(|root| keys::thread_message(room, root, message.seq)));
        }
        if let Some((first, last)) = messages.first().zip(messages.last()) {
            let (from, to) = (keys::reactions_of(first.seq), keys::reactions_of(last.seq));
            let to = Range::beginning(String::new(), &to).to;
            for item in table.range(&Range::between(keys::reactions_partition(room), from, to)).await? {
                let ReactionRecord { seq, emoji, user, .. } = item.record()?;
                swept.extend([keys::reacted(&user, room, seq, &emoji), item.key]);
            }
            let (from, to) = (keys::edits_of(first.seq), keys::edits_of(last.seq));
            let to = Range::beginning(String::new(), &to).to;
            let edits = table.range(&Range::between(keys::edits_partition(room), from, to)).await?;
            swept.extend(edits.into_iter().map(|item| item.key));
        }
        table.sweep(&swept).await?;
        table
            .sweep(&messages.iter().map(|message| keys::message(room, message.seq)).collect::<Vec<_>>())
            .await
    }
}
