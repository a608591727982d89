//! The port [`Push`].

use std::cmp::Reverse;
use std::collections::HashMap;

use async_trait::async_trait;
use chinwag_chat::store::{Push, Secrets as _};
use chinwag_chat::{
    Endpoint, Message, NotifyLevel, Notifying, PresenceWish, PushKey, PushKeys, PushNotice, PushSubscription,
    RoomId, Seq, SessionId, StoreError, SubscriptionId, Timestamp, ToNotify, UserId, Waiting,
};
use serde::{Deserialize, Serialize};

use crate::DynamoStore;
use crate::flow;
use crate::item::{Item, Key, NewItem};
use crate::keys;
use crate::people::parsed;
use crate::records::{MemberRecord, MessageRecord, RoomRecord, SessionRecord};
use crate::table::{Range, Table};
use crate::unit::Unit;
use crate::view;

/// The name of the secret by which push services know this server.
const PUSH_KEY: &str = "push";
/// How many messages are read at once to find one that notifies.
const MESSAGES_AT_ONCE: usize = 50;
/// How many members are looked at once for devices.
const MEMBERS_AT_ONCE: usize = 100;

/// A device that takes notifications.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct DeviceRecord {
    id: SubscriptionId,
    user: UserId,
    pub(crate) session: Option<SessionId>,
    endpoint: String,
    p256dh: Vec<u8>,
    auth: [u8; 16],
    device: String,
    created_at: Timestamp,
}

/// Where a device is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Lead {
    id: SubscriptionId,
    user: UserId,
}

impl DeviceRecord {
    fn of(subscription: &PushSubscription) -> Self {
        let PushSubscription { id, user, session, endpoint, keys, device, created_at } = subscription.clone();
        let (endpoint, p256dh, auth) = (endpoint.as_str().to_owned(), keys.p256dh.to_vec(), keys.auth);
        Self { id, user, session, endpoint, p256dh, auth, device, created_at }
    }

    fn subscription(self) -> Result<PushSubscription, StoreError> {
        let Self { id, user, session, endpoint, p256dh, auth, device, created_at } = self;
        let p256dh = p256dh.try_into().map_err(|_| StoreError::Corrupt(format!("the key of device {id}")))?;
        let (endpoint, keys) = (Endpoint::from_stored(endpoint), PushKeys { p256dh, auth });
        Ok(PushSubscription { id, user, session, endpoint, keys, device, created_at })
    }
}

/// Forgets a device that was read.
pub(crate) async fn forget(unit: &mut Unit<'_>, device: &DeviceRecord) -> Result<(), StoreError> {
    let all =
        [keys::device_of(&device.user, device.id), keys::device(device.id), keys::endpoint(&device.endpoint)];
    unit.fetch(all.clone()).await?;
    all.iter().for_each(|key| unit.delete(key));
    Ok(())
}

#[async_trait]
impl Push for DynamoStore {
    async fn push_key(&self, proposed: PushKey) -> Result<PushKey, StoreError> {
        self.secret(PUSH_KEY, proposed.0).await.map(PushKey)
    }

    async fn subscribe(&self, subscription: &PushSubscription) -> Result<SubscriptionId, StoreError> {
        let table = &*self.table;
        let attempt = || async move {
            let mut unit = Unit::new(table);
            let by_endpoint = keys::endpoint(subscription.endpoint.as_str());
            let mut id = subscription.id;
            if let Some(lead) = unit.read::<Lead>(&by_endpoint).await? {
                id = lead.id;
                let before = keys::device_of(&lead.user, id);
                unit.fetch([before.clone()]).await?;
                unit.delete(&before);
            }
            let record = DeviceRecord { id, ..DeviceRecord::of(subscription) };
            let lead = Lead { id, user: record.user.clone() };
            let of_user = keys::device_of(&record.user, id);
            unit.fetch([of_user.clone(), keys::device(id)]).await?;
            unit.put(NewItem::of(of_user, &record)?);
            unit.put(NewItem::of(keys::device(id), &lead)?);
            unit.put(NewItem::of(by_endpoint, &lead)?);
            let own = Range::beginning(keys::user_partition(&record.user), keys::DEVICES_OF);
            let mut own: Vec<(String, DeviceRecord)> = unit.range(&own).await?;
            own.sort_unstable_by_key(|(_, device)| (Reverse(device.created_at), device.id));
            for (_, device) in own.iter().skip(PushSubscription::MAX_PER_USER) {
                forget(&mut unit, device).await?;
            }
            Ok(unit.commit().await?.then_some(id))
        };
        table.until_settled(attempt).await
    }

    async fn unsubscribe(&self, id: SubscriptionId, user: Option<&UserId>) -> Result<bool, StoreError> {
        let table = &*self.table;
        let attempt = || async move {
            let mut unit = Unit::new(table);
            let lead = unit.read::<Lead>(&keys::device(id)).await?;
            let Some(lead) = lead.filter(|lead| user.is_none_or(|user| lead.user == *user)) else {
                return Ok(Some(false));
            };
            if let Some(device) = unit.read::<DeviceRecord>(&keys::device_of(&lead.user, id)).await? {
                forget(&mut unit, &device).await?;
            }
            Ok::<_, StoreError>(unit.commit().await?.then_some(true))
        };
        let is_gone = table.until_settled(attempt).await?;
        if is_gone {
            let pushed = table.range(&Range::beginning(keys::device_partition(id), keys::PUSHED)).await?;
            table.sweep(&pushed.into_iter().map(|item| item.key).collect::<Vec<_>>()).await?;
        }
        Ok(is_gone)
    }

    async fn to_notify(
        &self,
        notifying: Notifying,
        after: Option<&(UserId, SubscriptionId)>,
        limit: usize,
    ) -> Result<ToNotify, StoreError> {
        let Some(room) = self.room_records(&[notifying.room]).await?.pop() else {
            return Ok(ToNotify { devices: vec![], later: None });
        };
        let mut devices = Vec::new();
        let mut range = Range::beginning(keys::room_partition(room.id), keys::MEMBERS).limit(MEMBERS_AT_ONCE);
        if let Some((user, _)) = after {
            // With that user themselves, who may have more devices.
            range.from = keys::member(room.id, user).sk;
        }
        while devices.len() <= limit {
            let members = self.table.range(&range).await?;
            let Some(last) = members.last() else { break };
            range = range.after(&last.key.sk);
            let of_members =
                flow::each(&members, |item| self.devices_to_notify(&room, item, notifying)).await?;
            let of_members = of_members.into_iter().flatten();
            devices.extend(of_members.filter(|(user, id)| {
                after.is_none_or(|(after_user, after_id)| (user, id) > (after_user, after_id))
            }));
        }
        let is_last = devices.len() <= limit;
        devices.truncate(limit);
        let later = if is_last { self.later(&room, notifying).await? } else { None };
        Ok(ToNotify { devices, later })
    }

    async fn notice(
        &self,
        subscription: SubscriptionId,
        notifying: Notifying,
    ) -> Result<Option<PushNotice>, StoreError> {
        let Some(lead) = self.table.get(&keys::device(subscription)).await? else { return Ok(None) };
        let Lead { user, .. } = lead.record()?;
        let Some(device) = self.table.get(&keys::device_of(&user, subscription)).await? else {
            return Ok(None);
        };
        let device: DeviceRecord = device.record()?;
        let Some((room, Some(member))) = self.room_and_member(notifying.room, &user).await? else {
            return Ok(None);
        };
        let Some(message) = self.notifying(&room, &member, &device, notifying).await? else {
            return Ok(None);
        };
        Ok(Some(PushNotice {
            waiting: self.waiting(&device.user).await?,
            subscription: device.subscription()?,
            kind: room.kind,
            name: room.name,
            message,
        }))
    }

    async fn note_pushed(
        &self,
        subscription: SubscriptionId,
        room: RoomId,
        seq: Seq,
    ) -> Result<(), StoreError> {
        let table = &*self.table;
        let attempt = || async move {
            let mut unit = Unit::new(table);
            let (device, key) = (keys::device(subscription), keys::pushed(subscription, room));
            unit.fetch([device.clone(), key.clone()]).await?;
            let before: Seq = unit.read(&key).await?.unwrap_or_default();
            if unit.has(&device).await? && before < seq {
                unit.put(NewItem::of(key, &seq)?);
                unit.pin(device);
            }
            Ok(unit.commit().await?.then_some(()))
        };
        table.until_settled(attempt).await
    }
}

impl DynamoStore {
    /// The devices of a member that are to be told of something, in their order.
    async fn devices_to_notify(
        &self,
        room: &RoomRecord,
        member: &Item,
        notifying: Notifying,
    ) -> Result<Vec<(UserId, SubscriptionId)>, StoreError> {
        let user: UserId = parsed(member.key.sk.strip_prefix(keys::MEMBERS).unwrap_or_default())?;
        let member: MemberRecord = member.record()?;
        let mut devices = Vec::new();
        if member.delivered_seq >= notifying.up_to {
            return Ok(devices);
        }
        let own = Range::beginning(keys::user_partition(&user), keys::DEVICES_OF);
        for item in self.table.range(&own).await? {
            let device: DeviceRecord = item.record()?;
            if self.notifying(room, &member, &device, notifying).await?.is_some() {
                devices.push((user.clone(), device.id));
            }
        }
        Ok(devices)
    }

    /// The newest message of a room that a device is to be told of.
    async fn notifying(
        &self,
        room: &RoomRecord,
        member: &MemberRecord,
        device: &DeviceRecord,
        notifying: Notifying,
    ) -> Result<Option<Message>, StoreError> {
        let Notifying { up_to, max_small_room_members, now, .. } = notifying;
        let user = &device.user;
        if let Some(session) = device.session {
            let session = self.table.get(&keys::session(session)).await?;
            let session = session.map(|item| item.record::<SessionRecord>()).transpose()?;
            if session.is_none_or(|session| session.expires_at <= now) {
                return Ok(None);
            }
        }
        let status = self.status(user).await?.at(now);
        let level = member.notifications(room.kind).level_at(now);
        if status.presence == PresenceWish::Dnd || level == NotifyLevel::None {
            return Ok(None);
        }
        let all = level == NotifyLevel::All && room.member_count <= max_small_room_members;
        let pushed = self.table.get(&keys::pushed(device.id, room.id)).await?;
        let pushed: Seq = pushed.map_or(Ok(Seq::ZERO), |item| item.record())?;
        let after = member.delivered_seq.max(pushed);
        let mut threads = Threads::of(&self.table, room.id, user);
        let mut before = up_to.next();
        while let Some((oldest, messages)) = self.messages_between(room.id, after, before).await? {
            before = oldest;
            for message in messages {
                if message.sender.id == *user || message.is_deleted() {
                    continue;
                }
                let mentions = &message.details.mentions;
                let mut is_meant = mentions.room || mentions.users.contains(user);
                if !is_meant && all {
                    is_meant = match message.details.thread {
                        None => true,
                        Some(root) => threads.is_unread(root, message.seq).await?,
                    };
                }
                let block = keys::block(user, &message.sender.id);
                if is_meant && self.table.get(&block).await?.is_none() {
                    return Ok(Some(message));
                }
            }
        }
        Ok(None)
    }

    /// Some of the messages between the two, the newest first, and the first of them; nothing where there are none.
    async fn messages_between(
        &self,
        room: RoomId,
        after: Seq,
        before: Seq,
    ) -> Result<Option<(Seq, Vec<Message>)>, StoreError> {
        let (first, last) = (after.next(), Seq(before.0.saturating_sub(1)));
        if first > last {
            return Ok(None);
        }
        let partition = keys::messages_partition(room);
        let range = Range::between(partition, keys::digits(first.0), keys::digits(last.0));
        let found = self.table.range(&range.newest_first().limit(MESSAGES_AT_ONCE)).await?;
        let messages: Vec<Message> =
            view::records(&found)?.into_iter().map(|MessageRecord { message, .. }| message).collect();
        Ok(messages.last().map(|oldest| oldest.seq).map(|oldest| (oldest, messages)))
    }

    /// The newest message of all after those that are told of now that may notify somebody.
    async fn later(&self, room: &RoomRecord, notifying: Notifying) -> Result<Option<Seq>, StoreError> {
        if room.member_count <= notifying.max_small_room_members {
            return Ok((room.seq > notifying.up_to).then_some(room.seq));
        }
        let mentioning = Range::all(keys::mentions_partition(room.id))
            .after(&keys::digits(notifying.up_to.0))
            .newest_first()
            .limit(1);
        let newest = self.table.range(&mentioning).await?;
        newest.first().map(|item| parsed(&item.key.sk).map(Seq)).transpose()
    }

    /// What waits for a user in all of their rooms.
    async fn waiting(&self, user: &UserId) -> Result<Vec<Waiting>, StoreError> {
        let rooms = self.active_rooms_of(user).await?;
        let members: Vec<Key> = rooms.iter().map(|room| keys::member(room.id, user)).collect();
        let mut found: HashMap<Key, MemberRecord> = HashMap::new();
        for item in self.table.get_many(&members).await? {
            found.insert(item.key.clone(), item.record()?);
        }
        let known: Vec<(RoomRecord, MemberRecord)> = rooms
            .into_iter()
            .filter_map(|room| found.remove(&keys::member(room.id, user)).map(|member| (room, member)))
            .collect();
        let waiting = flow::each(&known, |(room, member)| async move {
            let cursor = view::cursor(&self.table, room, user, member.read_seq).await?;
            Ok(Waiting {
                notifications: member.notifications(room.kind),
                member_count: room.member_count,
                unread: cursor.unread,
                mentions: cursor.mentions,
            })
        });
        Ok(waiting.await?.into_iter().filter(|room| room.unread > 0 || room.mentions > 0).collect())
    }
}

/// How far somebody has read the threads of a room that they take part in.
struct Threads<'a> {
    table: &'a Table,
    room: RoomId,
    user: &'a UserId,
    known: HashMap<Seq, Option<Seq>>,
}

impl<'a> Threads<'a> {
    fn of(table: &'a Table, room: RoomId, user: &'a UserId) -> Self {
        Self { table, room, user, known: HashMap::new() }
    }

    /// Whether they take part and have not read that message.
    async fn is_unread(&mut self, root: Seq, seq: Seq) -> Result<bool, StoreError> {
        let read_seq = match self.known.get(&root) {
            Some(known) => *known,
            None => {
                let item = self.table.get(&keys::followed(self.user, self.room, root)).await?;
                let read_seq = item.map(|item| item.record()).transpose()?;
                self.known.insert(root, read_seq);
                read_seq
            }
        };
        Ok(read_seq.is_some_and(|read_seq| read_seq < seq))
    }
}
