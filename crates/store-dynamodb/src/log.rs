//! The port [`Log`]: commits, and the channels' logs read back.

use std::collections::HashMap;

use async_trait::async_trait;
use chinwag_chat::rules::{CommandResult, Outcome};
use chinwag_chat::store::{ChangePage, CommitError, Log, PAGE_BYTES};
use chinwag_chat::{
    Change, Channel, Epoch, Head, Hint, Message, Rev, RoomAction, RoomChange, RoomCommand, RoomId, Seq,
    StoreError, StoredEvent, Timestamp, UserChange, UserId,
};

use crate::DynamoStore;
use crate::item::{Item, Key};
use crate::keys;
use crate::page;
use crate::records::{ChangeRecord, MessageRecord, RoomRecord, UserChangeRecord, UserHead};
use crate::table::Range;

/// How many changes are read at once at most.
const MAX_CHANGES: usize = 1_000;

#[async_trait]
impl Log for DynamoStore {
    fn epoch(&self) -> Epoch {
        self.epoch.clone()
    }

    async fn commit(&self, command: RoomCommand, at: Timestamp) -> Result<Outcome, CommitError> {
        let channels = concerned(&command);
        let outcome = self.writer.submit(command, at).await?;
        if outcome.changes.is_empty() && outcome.user_changes.is_empty() {
            self.announce_anew(channels, &outcome).await?;
        }
        Ok(outcome)
    }

    async fn changes_after(
        &self,
        channel: &Channel,
        after: Rev,
        limit: usize,
    ) -> Result<ChangePage, StoreError> {
        // The head first: what is read up to it is all there.
        let (head, begins_after) = ends_of(channel, self.table.get(&head_key(channel)).await?.as_ref())?;
        if after < begins_after {
            return Err(StoreError::Gone(begins_after));
        }
        let limit = limit.min(MAX_CHANGES);
        if after >= head.rev || limit == 0 {
            return Ok(ChangePage { changes: vec![], head });
        }
        let changes = match channel {
            Channel::Room(room) => self.room_changes(*room, after, head.rev, limit).await?,
            Channel::User(user) => self.user_changes(user, after, head.rev, limit).await?,
        };
        Ok(ChangePage { changes, head })
    }

    async fn heads(&self, channels: &[Channel]) -> Result<Vec<Head>, StoreError> {
        let wanted: Vec<Key> = channels.iter().map(head_key).collect();
        let found = self.table.get_many(&wanted).await?;
        let found: HashMap<&Key, &Item> = found.iter().map(|item| (&item.key, item)).collect();
        let heads =
            channels.iter().zip(&wanted).map(|(channel, key)| ends_of(channel, found.get(key).copied()));
        heads.map(|ends| ends.map(|(head, _)| head)).collect()
    }
}

impl DynamoStore {
    /// It was so already: whoever committed it may have died before it was announced.
    async fn announce_anew(&self, mut channels: Vec<Channel>, outcome: &Outcome) -> Result<(), StoreError> {
        if let CommandResult::Room { id, .. } = outcome.result {
            channels.push(Channel::Room(id));
        }
        let heads = self.heads(&channels).await?;
        let moved = channels.into_iter().zip(heads).filter(|(_, head)| head.rev > Rev::ZERO);
        moved.for_each(|(channel, head)| self.writer.announce(Hint::Moved(channel, head)));
        Ok(())
    }
}

/// The channels that what a command asks for is told in.
fn concerned(command: &RoomCommand) -> Vec<Channel> {
    let users: Vec<&UserId> = match &command.action {
        RoomAction::Create(create) => create.others(&command.actor),
        RoomAction::AddMember(add) => vec![&add.user],
        RoomAction::RemoveMember(remove) => vec![&remove.user],
        _ => vec![],
    };
    let own = users.into_iter().chain([&command.actor]).cloned().map(Channel::User);
    std::iter::once(Channel::Room(command.room)).chain(own).collect()
}

fn head_key(channel: &Channel) -> Key {
    match channel {
        Channel::Room(room) => keys::room(*room),
        Channel::User(user) => keys::user_head(user),
    }
}

/// Where a channel's log ends, and after which change it begins.
fn ends_of(channel: &Channel, item: Option<&Item>) -> Result<(Head, Rev), StoreError> {
    let Some(item) = item else { return Ok((Head::default(), Rev::ZERO)) };
    match channel {
        Channel::Room(_) => item.record::<RoomRecord>().map(|room| (room.head(), room.trimmed_rev)),
        Channel::User(_) => {
            let UserHead { rev, trimmed_rev } = item.record()?;
            Ok((Head { seq: Seq::ZERO, rev }, trimmed_rev))
        }
    }
}

impl DynamoStore {
    async fn user_changes(
        &self,
        user: &UserId,
        after: Rev,
        until: Rev,
        limit: usize,
    ) -> Result<Vec<Change>, StoreError> {
        let range = between(keys::user_log_partition(user), after, until).limit(limit);
        let read = |item: Item| {
            let UserChangeRecord { rev, at, event } = item.record()?;
            Ok(Change::User(UserChange { user: user.clone(), rev, at, event }))
        };
        self.table.range(&range).await?.into_iter().map(read).collect()
    }

    async fn room_changes(
        &self,
        room: RoomId,
        after: Rev,
        until: Rev,
        limit: usize,
    ) -> Result<Vec<Change>, StoreError> {
        let range = between(keys::log_partition(room), after, until).limit(limit);
        let found = self.table.range(&range).await?;
        let records: Vec<ChangeRecord> = found.iter().map(Item::record).collect::<Result<_, _>>()?;
        let told: Vec<Key> =
            records.iter().filter_map(|change| change.message).map(|seq| keys::message(room, seq)).collect();
        let mut messages: HashMap<Seq, Message> = HashMap::new();
        // What they say now, not what they said then.
        for item in self.table.get_many(&told).await? {
            let MessageRecord { message, .. } = item.record()?;
            messages.insert(message.seq, message);
        }
        let bytes = |change: &ChangeRecord| {
            let message = change.message.and_then(|seq| messages.get(&seq));
            message.map_or(0, |message| message.text.as_str().len())
        };
        let (records, _) = page::cut(records, limit, PAGE_BYTES, bytes);
        let read = |ChangeRecord { rev, at, event, message }| {
            let now = message.and_then(|seq| messages.get(&seq));
            let event = StoredEvent::read_about(&event, message, now);
            let event =
                event.map_err(|error| StoreError::Corrupt(format!("change {rev} of {room}: {error}")))?;
            Ok(Change::Room(RoomChange { room, rev, at, event }))
        };
        records.into_iter().map(read).collect()
    }
}

fn between(partition: String, after: Rev, until: Rev) -> Range {
    Range::between(partition, keys::digits(after.next().0), keys::digits(until.0))
}
