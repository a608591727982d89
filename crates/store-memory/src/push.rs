//! The port [`Push`].

use std::cmp::Reverse;

use async_trait::async_trait;
use chinwag_chat::store::Push;
use chinwag_chat::{
    Message, NotifyLevel, Notifying, PresenceWish, PushKey, PushNotice, PushSubscription, RoomId, Seq,
    StoreError, SubscriptionId, ToNotify, UserId, Waiting,
};

use crate::MemoryStore;
use crate::tables::{RoomTable, Tables};

#[async_trait]
impl Push for MemoryStore {
    async fn push_key(&self, proposed: PushKey) -> Result<PushKey, StoreError> {
        Ok(*self.tables.write().push_key.get_or_insert(proposed))
    }

    async fn subscribe(&self, subscription: &PushSubscription) -> Result<SubscriptionId, StoreError> {
        let mut tables = self.tables.write();
        let known = tables.subscriptions.values().find(|known| known.endpoint == subscription.endpoint);
        let id = known.map_or(subscription.id, |known| known.id);
        tables.subscriptions.insert(id, PushSubscription { id, ..subscription.clone() });
        let own = tables.subscriptions.values().filter(|known| known.user == subscription.user);
        let mut own: Vec<_> = own.map(|known| (Reverse(known.created_at), known.id)).collect();
        own.sort_unstable();
        for (_, id) in own.into_iter().skip(PushSubscription::MAX_PER_USER) {
            tables.forget_subscription(id);
        }
        Ok(id)
    }

    async fn unsubscribe(&self, id: SubscriptionId, user: Option<&UserId>) -> Result<bool, StoreError> {
        let mut tables = self.tables.write();
        let known = tables.subscriptions.get(&id);
        let is_theirs = known.is_some_and(|known| user.is_none_or(|user| known.user == *user));
        if is_theirs {
            tables.forget_subscription(id);
        }
        Ok(is_theirs)
    }

    async fn to_notify(
        &self,
        notifying: Notifying,
        after: Option<&(UserId, SubscriptionId)>,
        limit: usize,
    ) -> Result<ToNotify, StoreError> {
        let tables = self.tables.read();
        let Some(room) = tables.rooms.get(&notifying.room) else {
            return Ok(ToNotify { devices: vec![], later: None });
        };
        let devices = tables.subscriptions.values().filter(|device| {
            let place = (&device.user, device.id);
            let comes_after = after.is_none_or(|(user, id)| place > (user, *id));
            comes_after && tables.notifying(room, device, notifying).is_some()
        });
        let mut devices: Vec<_> = devices.map(|device| (device.user.clone(), device.id)).collect();
        devices.sort_unstable();
        let is_last = devices.len() <= limit;
        devices.truncate(limit);
        let is_small = room.room.member_count <= notifying.max_small_room_members;
        let may_notify = |message: &&Message| is_small || mentions_any(message);
        let later = room.messages_after(notifying.up_to).filter(may_notify).last();
        Ok(ToNotify { devices, later: later.filter(|_| is_last).map(|message| message.seq) })
    }

    async fn notice(
        &self,
        subscription: SubscriptionId,
        notifying: Notifying,
    ) -> Result<Option<PushNotice>, StoreError> {
        let tables = self.tables.read();
        let found = tables.subscriptions.get(&subscription).zip(tables.rooms.get(&notifying.room));
        let Some((device, room)) = found else { return Ok(None) };
        Ok(tables.notifying(room, device, notifying).map(|message| PushNotice {
            subscription: device.clone(),
            kind: room.room.kind,
            name: room.room.name.clone(),
            message: message.clone(),
            waiting: tables.waiting(&device.user),
        }))
    }

    async fn note_pushed(
        &self,
        subscription: SubscriptionId,
        room: RoomId,
        seq: Seq,
    ) -> Result<(), StoreError> {
        let mut tables = self.tables.write();
        if tables.subscriptions.contains_key(&subscription) {
            let pushed = tables.pushed.entry((subscription, room)).or_default();
            *pushed = seq.max(*pushed);
        }
        Ok(())
    }
}

fn mentions_any(message: &Message) -> bool {
    message.details.mentions.room || !message.details.mentions.users.is_empty()
}

impl Tables {
    pub(crate) fn forget_subscription(&mut self, id: SubscriptionId) {
        self.subscriptions.remove(&id);
        self.pushed.retain(|(of, _), _| *of != id);
    }

    /// Forgets the devices whose sessions are no more.
    pub(crate) fn forget_orphans(&mut self) {
        let Self { subscriptions, sessions, pushed, .. } = self;
        subscriptions.retain(|_, device| device.session.is_none_or(|id| sessions.contains_key(&id)));
        pushed.retain(|(of, _), _| subscriptions.contains_key(of));
    }

    /// The newest message of a room that a device is to be told of.
    fn notifying<'a>(
        &self,
        room: &'a RoomTable,
        device: &PushSubscription,
        notifying: Notifying,
    ) -> Option<&'a Message> {
        let Notifying { up_to, max_small_room_members, now, .. } = notifying;
        let user = &device.user;
        let member = room.members.get(user)?;
        let session = device.session.map(|id| self.sessions.get(&id));
        if session.is_some_and(|session| session.is_none_or(|(session, _)| session.expires_at <= now)) {
            return None;
        }
        let status = self.statuses.get(user).cloned().unwrap_or_default().at(now);
        let level = member.notifications(room.room.kind).level_at(now);
        if status.presence == PresenceWish::Dnd || level == NotifyLevel::None {
            return None;
        }
        let all = level == NotifyLevel::All && room.room.member_count <= max_small_room_members;
        let pushed = self.pushed.get(&(device.id, room.room.id)).copied().unwrap_or_default();
        let is_meant = |message: &&Message| {
            let mentions = &message.details.mentions;
            let is_unread_thread = |root| {
                let cursor = room.thread_cursors.get(&(user.clone(), root));
                cursor.is_some_and(|read_seq| *read_seq < message.seq)
            };
            mentions.room
                || mentions.users.contains(user)
                || (all && message.details.thread.is_none_or(is_unread_thread))
        };
        let after = room.messages_after(member.delivered_seq.max(pushed));
        let counts = after.take_while(|message| message.seq <= up_to);
        let is_anothers = |message: &&Message| {
            let sender = &message.sender.id;
            sender != user && !message.is_deleted() && !self.is_blocked(user, sender)
        };
        counts.filter(is_anothers).filter(is_meant).last()
    }

    fn waiting(&self, user: &UserId) -> Vec<Waiting> {
        let rooms = self.users.get(user).into_iter().flat_map(|account| &account.rooms);
        let rooms = rooms.filter_map(|room| self.rooms.get(room));
        let waiting = rooms.filter_map(|room| {
            let member = room.members.get(user)?;
            let cursor = room.cursor_at(user, member.read_seq);
            Some(Waiting {
                notifications: member.notifications(room.room.kind),
                member_count: room.room.member_count,
                unread: cursor.unread,
                mentions: cursor.mentions,
            })
        });
        waiting.filter(|room| room.unread > 0 || room.mentions > 0).collect()
    }
}
