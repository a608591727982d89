//! Which work follows which changes: said by the node that commits, noted by the store in the change's own transaction.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::outbox::{NewWork, Placing, WorkKind};
use crate::{Mentions, Rev, RoomChange, RoomEvent, RoomId, Seq};

/// One kind of work, and what it follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUp {
    /// The work.
    pub kind: WorkKind,
    /// The types of the events that it follows, as on the wire.
    pub events: Vec<&'static str>,
}

/// When people are notified who are away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PushFollowUp {
    /// How long their devices have to say that they have the message.
    pub wait: Duration,
    /// In rooms of more members only messages that mention somebody notify anybody.
    pub max_small_room_members: u64,
}

/// All that is wanted after a commit. Cheap to clone; free where nothing is.
#[derive(Debug, Clone, Default)]
pub struct FollowUps(Option<Arc<Wanted>>);

#[derive(Debug, Default)]
struct Wanted {
    told: Vec<FollowUp>,
    push: Option<PushFollowUp>,
}

impl FollowUps {
    /// These, and notifications where there are to be any.
    #[must_use]
    pub fn new(told: Vec<FollowUp>, push: Option<PushFollowUp>) -> Self {
        Self((!told.is_empty() || push.is_some()).then(|| Arc::new(Wanted { told, push })))
    }

    /// Whether nothing is wanted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Whether any of the changes is followed by work that can be done at once.
    #[must_use]
    pub fn follow(&self, changes: &[RoomChange]) -> bool {
        self.told().iter().any(|wanted| changes.iter().any(|change| wanted.follows(change)))
    }

    /// The work that follows these changes of a room of so many members, in their order for each kind.
    #[must_use]
    pub fn after(&self, changes: &[RoomChange], member_count: u64) -> Vec<NewWork> {
        let mut work = Vec::new();
        let Some(wanted) = &self.0 else { return work };
        for told in &wanted.told {
            work.extend(told.after(changes));
        }
        if let Some(push) = &wanted.push {
            work.extend(changes.iter().filter_map(|change| push.after(change, member_count)));
        }
        work
    }

    /// The work of one kind that follows these changes; nothing where it is not wanted after any.
    #[must_use]
    pub fn of_kind(&self, kind: &WorkKind, changes: &[RoomChange]) -> Option<Vec<NewWork>> {
        let wanted = self.told().iter().find(|wanted| wanted.kind == *kind)?;
        Some(wanted.after(changes).collect())
    }

    fn told(&self) -> &[FollowUp] {
        self.0.as_deref().map(|wanted| wanted.told.as_slice()).unwrap_or_default()
    }
}

impl FollowUp {
    fn follows(&self, change: &RoomChange) -> bool {
        self.events.contains(&change.event.type_name())
    }

    fn after(&self, changes: &[RoomChange]) -> impl Iterator<Item = NewWork> {
        changes.iter().filter(|change| self.follows(change)).map(|change| NewWork::about(&self.kind, change))
    }
}

impl PushFollowUp {
    fn after(&self, change: &RoomChange, member_count: u64) -> Option<NewWork> {
        let RoomEvent::MessageCreated { message } = &change.event else { return None };
        let mentions_any = message.details.mentions != Mentions::default();
        let notifies = mentions_any || member_count <= self.max_small_room_members;
        notifies.then(|| NewWork::to_notify(message.room, message.seq, self.wait))
    }
}

/// Which change a job is about. Where to read it, not what it says: the store is the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeRef {
    /// The room.
    pub room: RoomId,
    /// The change's number there.
    pub rev: Rev,
}

impl NewWork {
    /// Work about a change, in line behind all other of its kind about that room.
    #[must_use]
    pub fn about(kind: &WorkKind, change: &RoomChange) -> Self {
        let RoomChange { room, rev, .. } = *change;
        // Two ids and digits: nothing in it needs to be escaped.
        let payload = format!(r#"{{"room":"{room}","rev":{rev}}}"#);
        let (placing, delay) = (Placing::Behind, Duration::ZERO);
        Self { kind: kind.clone(), key: room.to_string(), payload, placing, delay }
    }

    /// The question whom the messages of a room up to that one notify, to be asked when their devices have had their time.
    /// Whoever asks it looks at what came after it too, so that one that waits is enough.
    #[must_use]
    pub fn to_notify(room: RoomId, seq: Seq, wait: Duration) -> Self {
        let payload = format!(r#"{{"room":"{room}","seq":{seq}}}"#);
        let (kind, placing) = (WorkKind::PUSH, Placing::UnlessWaiting);
        Self { kind, key: room.to_string(), payload, placing, delay: wait }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Details, Message, MessageId, MessageText, Timestamp, User};

    fn ada() -> User {
        User::new("ada".parse().unwrap(), "ada".parse().unwrap(), "Ada".parse().unwrap())
    }

    fn renamed(rev: u64) -> RoomChange {
        change(rev, RoomEvent::RoomRenamed { name: "Here".parse().unwrap(), by: ada() })
    }

    fn change(rev: u64, event: RoomEvent) -> RoomChange {
        RoomChange { room: RoomId::from_parts(1, 7), rev: Rev(rev), at: Timestamp::from_unix_ms(0), event }
    }

    fn said(mentions: Mentions) -> RoomChange {
        let message = Message {
            id: MessageId::from_parts(1, 1),
            room: RoomId::from_parts(1, 7),
            seq: Seq(3),
            rev: Rev(4),
            sender: ada(),
            client_id: "c".parse().unwrap(),
            text: MessageText::from_stored("hi"),
            created_at: Timestamp::from_unix_ms(0),
            details: Details { mentions, ..Details::default() },
        };
        change(4, RoomEvent::MessageCreated { message })
    }

    fn webhooks_of(event: &'static str) -> FollowUps {
        FollowUps::new(vec![FollowUp { kind: WorkKind::WEBHOOK, events: vec![event] }], None)
    }

    #[test]
    fn work_says_where_its_change_is_to_be_read_and_stands_in_the_rooms_line() {
        let work = webhooks_of("room.renamed").after(&[renamed(4), renamed(5)], 1);
        let room = RoomId::from_parts(1, 7);
        assert!(work.iter().all(|work| work.key == room.to_string() && work.kind == WorkKind::WEBHOOK));
        let about: Vec<ChangeRef> =
            work.iter().map(|work| serde_json::from_str(&work.payload).unwrap()).collect();
        assert_eq!(about, [4, 5].map(|rev| ChangeRef { room, rev: Rev(rev) }));
    }

    #[test]
    fn only_the_wanted_events_are_followed() {
        let other = webhooks_of("message.created");
        assert!(!other.follow(&[renamed(4)]) && other.after(&[renamed(4)], 1).is_empty());
        assert_eq!(other.of_kind(&WorkKind::PUSH, &[renamed(4)]), None);
        assert!(FollowUps::new(vec![], None).is_empty() && !FollowUps::default().follow(&[renamed(4)]));
    }

    #[test]
    fn in_a_large_room_only_mentions_notify_and_nothing_is_to_be_done_at_once() {
        let wait = Duration::from_secs(5);
        let push = FollowUps::new(vec![], Some(PushFollowUp { wait, max_small_room_members: 256 }));
        let mentioning = said(Mentions { users: vec!["bob".parse().unwrap()], room: false });
        let plain = said(Mentions::default());
        let expected = NewWork::to_notify(plain.room, Seq(3), wait);
        assert_eq!(push.after(&[plain.clone(), renamed(5)], 256), std::slice::from_ref(&expected));
        assert!(push.after(std::slice::from_ref(&plain), 257).is_empty());
        assert_eq!(push.after(&[mentioning], 257), [expected]);
        assert!(!push.follow(&[plain]));
    }
}
