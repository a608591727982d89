//! The port [`Log`]: commits, and the channels' logs read back.

use async_trait::async_trait;
use chinwag_chat::rules::Outcome;
use chinwag_chat::store::{ChangePage, CommitError, Log, PAGE_BYTES};
use chinwag_chat::{Change, Channel, Epoch, Head, Rev, RoomChange, RoomCommand, Seq, StoreError, Timestamp};

use crate::MemoryStore;
use crate::commit::commit;
use crate::page::page;
use crate::tables::{RoomTable, Tables, UserTable, after};

#[async_trait]
impl Log for MemoryStore {
    fn epoch(&self) -> Epoch {
        self.epoch.clone()
    }

    async fn commit(&self, command: RoomCommand, at: Timestamp) -> Result<Outcome, CommitError> {
        let mut tables = self.tables.write();
        let outcome = commit(&mut tables, &command, at)?;
        // Under the lock, so that hints leave in the order of commits; publishing never waits.
        outcome.hints().for_each(|hint| self.bus.publish(hint));
        Ok(outcome)
    }

    async fn changes_after(
        &self,
        channel: &Channel,
        position: Rev,
        limit: usize,
    ) -> Result<ChangePage, StoreError> {
        let tables = self.tables.read();
        let changes = match channel {
            Channel::Room(room) => {
                let table = tables.rooms.get(room);
                if let Some(RoomTable { trimmed_rev, .. }) = table
                    && position < *trimmed_rev
                {
                    return Err(StoreError::Gone(*trimmed_rev));
                }
                table.map_or_else(Vec::new, |table| room_changes(table, position, limit))
            }
            Channel::User(user) => {
                let table = tables.users.get(user);
                if let Some(UserTable { trimmed_rev, .. }) = table
                    && position < *trimmed_rev
                {
                    return Err(StoreError::Gone(*trimmed_rev));
                }
                let log = table.map_or(&[][..], |table| &table.log);
                after(log, position.0).iter().take(limit).cloned().map(Change::User).collect()
            }
        };
        Ok(ChangePage { changes, head: head(&tables, channel) })
    }

    async fn heads(&self, channels: &[Channel]) -> Result<Vec<Head>, StoreError> {
        let tables = self.tables.read();
        Ok(channels.iter().map(|channel| head(&tables, channel)).collect())
    }
}

fn head(tables: &Tables, channel: &Channel) -> Head {
    match channel {
        Channel::Room(room) => tables.rooms.get(room).map(RoomTable::head).unwrap_or_default(),
        Channel::User(user) => {
            let revs = tables.users.get(user).map_or(0, |table| table.log.len());
            Head { seq: Seq::ZERO, rev: Rev(revs as u64) }
        }
    }
}

fn room_changes(table: &RoomTable, position: Rev, limit: usize) -> Vec<Change> {
    let changes = after(&table.log, position.0).iter().map(|change| table.told_now(change));
    let changes: Vec<RoomChange> = changes.take(limit).collect();
    let (changes, _) = page(changes.iter(), limit, PAGE_BYTES, bytes);
    changes.into_iter().cloned().map(Change::Room).collect()
}

/// About how much a change weighs: only texts are ever long.
fn bytes(change: &RoomChange) -> usize {
    change.event.message().map_or(0, |message| message.text.as_str().len())
}
