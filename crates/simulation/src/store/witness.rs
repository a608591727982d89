//! Sees every commit as it happens, and says who may see what from then on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chinwag_chat::rules::Outcome;
use chinwag_chat::{Change, Channel, RoomEvent, RoomId, RoomKind, UserId};
use chinwag_testkit::history::Event;
use parking_lot::Mutex;

use crate::record::Record;

/// Who has which devices, and what was said about them.
pub(crate) struct Witness {
    record: Arc<Record>,
    devices: BTreeMap<UserId, Vec<String>>,
    public: Mutex<BTreeSet<RoomId>>,
    channels: Mutex<BTreeSet<Channel>>,
}

impl Witness {
    pub(crate) fn new(record: Arc<Record>, devices: BTreeMap<UserId, Vec<String>>) -> Self {
        for (user, devices) in &devices {
            for client in devices {
                let room = Channel::User(user.clone()).to_string();
                record.event(Event::MaySee { client: client.clone(), room, after: 0 });
            }
        }
        Self { record, devices, public: Mutex::default(), channels: Mutex::default() }
    }

    /// A command was committed just now.
    pub(super) fn saw(&self, outcome: &Outcome) {
        for change in &outcome.changes {
            let room = Channel::Room(change.room).to_string();
            self.committed(Change::Room(change.clone()));
            let is_public = self.public.lock().contains(&change.room);
            match &change.event {
                RoomEvent::RoomCreated { kind: RoomKind::Public, .. } => {
                    self.public.lock().insert(change.room);
                    for client in self.devices.values().flatten() {
                        let (client, room) = (client.clone(), room.clone());
                        self.record.event(Event::MaySee { client, room, after: 0 });
                    }
                }
                // Whoever comes in may read what was said before, and what was said while they were away.
                RoomEvent::MemberJoined { user, .. } if !is_public => {
                    for client in self.of(&user.id) {
                        self.record.event(Event::MaySee { client, room: room.clone(), after: 0 });
                    }
                }
                RoomEvent::MemberLeft { user, .. } if !is_public => {
                    for client in self.of(&user.id) {
                        let after = change.rev.0;
                        self.record.event(Event::MayNotSee { client, room: room.clone(), after });
                    }
                }
                _ => {}
            }
        }
        for change in &outcome.user_changes {
            self.committed(Change::User(change.clone()));
        }
    }

    /// Every channel that anything was committed to.
    pub(crate) fn channels(&self) -> Vec<Channel> {
        self.channels.lock().iter().cloned().collect()
    }

    #[expect(clippy::needless_pass_by_value, reason = "it was made to be looked at here")]
    fn committed(&self, change: Change) {
        self.channels.lock().insert(change.channel());
        self.record.committed(&change);
    }

    fn of(&self, user: &UserId) -> Vec<String> {
        self.devices.get(user).cloned().unwrap_or_default()
    }
}
