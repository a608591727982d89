//! Which work follows which changes: said by the node that commits, noted by the store in the change's own transaction.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::outbox::{NewWork, WorkKind};
use crate::{Rev, RoomChange, RoomId};

/// One kind of work, and what it follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUp {
    /// The work.
    pub kind: WorkKind,
    /// The types of the events that it follows, as on the wire.
    pub events: Vec<&'static str>,
}

/// All that is wanted after a commit. Cheap to clone; free where nothing is.
#[derive(Debug, Clone, Default)]
pub struct FollowUps(Option<Arc<[FollowUp]>>);

impl FollowUps {
    /// These.
    #[must_use]
    pub fn new(wanted: Vec<FollowUp>) -> Self {
        Self((!wanted.is_empty()).then(|| wanted.into()))
    }

    /// Whether nothing is wanted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Whether any of the changes is followed by work.
    #[must_use]
    pub fn follow(&self, changes: &[RoomChange]) -> bool {
        self.wanted().iter().any(|wanted| changes.iter().any(|change| wanted.follows(change)))
    }

    /// The work that follows these changes, in their order for each kind.
    #[must_use]
    pub fn after(&self, changes: &[RoomChange]) -> Vec<NewWork> {
        let mut work = Vec::new();
        for wanted in self.wanted() {
            let followed = changes.iter().filter(|change| wanted.follows(change));
            work.extend(followed.map(|change| NewWork::about(&wanted.kind, change)));
        }
        work
    }

    fn wanted(&self) -> &[FollowUp] {
        self.0.as_deref().unwrap_or_default()
    }
}

impl FollowUp {
    fn follows(&self, change: &RoomChange) -> bool {
        self.events.contains(&change.event.type_name())
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
        Self { kind: kind.clone(), key: room.to_string(), payload }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RoomEvent, Timestamp, User};

    fn renamed(rev: u64) -> RoomChange {
        let by = User {
            id: "ada".parse().unwrap(),
            name: "ada".parse().unwrap(),
            display_name: "Ada".parse().unwrap(),
        };
        RoomChange {
            room: RoomId::from_parts(1, 7),
            rev: Rev(rev),
            at: Timestamp::from_unix_ms(0),
            event: RoomEvent::RoomRenamed { name: "Here".parse().unwrap(), by },
        }
    }

    #[test]
    fn work_says_where_its_change_is_to_be_read_and_stands_in_the_rooms_line() {
        let follow_ups =
            FollowUps::new(vec![FollowUp { kind: WorkKind::WEBHOOK, events: vec!["room.renamed"] }]);
        let work = follow_ups.after(&[renamed(4), renamed(5)]);
        let room = RoomId::from_parts(1, 7);
        assert!(work.iter().all(|work| work.key == room.to_string() && work.kind == WorkKind::WEBHOOK));
        let about: Vec<ChangeRef> =
            work.iter().map(|work| serde_json::from_str(&work.payload).unwrap()).collect();
        assert_eq!(about, [4, 5].map(|rev| ChangeRef { room, rev: Rev(rev) }));
    }

    #[test]
    fn only_the_wanted_events_are_followed() {
        let other =
            FollowUps::new(vec![FollowUp { kind: WorkKind::WEBHOOK, events: vec!["message.created"] }]);
        assert!(!other.follow(&[renamed(4)]) && other.after(&[renamed(4)]).is_empty());
        assert!(FollowUps::new(vec![]).is_empty() && !FollowUps::default().follow(&[renamed(4)]));
    }
}
