//! Notifications to devices by Web Push: where they take them, and what is worth one.

use std::fmt;

use crate::{
    FieldError, Message, NotificationSettings, NotifyLevel, RoomId, RoomKind, RoomName, Seq, SessionId,
    SubscriptionId, Timestamp, UserId,
};

/// The longest endpoint that is kept.
const MAX_ENDPOINT_BYTES: usize = 1_000;

/// Where a device takes notifications: a secret of the device and its push service. Never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint(String);

impl Endpoint {
    /// Checks that it can be an address at all; where it may lead is checked by whoever goes there.
    ///
    /// # Errors
    /// It is too long, or holds what no address does.
    pub fn new(url: String) -> Result<Self, FieldError> {
        let fits = (1..=MAX_ENDPOINT_BYTES).contains(&url.len()) && url.chars().all(|c| c.is_ascii_graphic());
        if fits {
            return Ok(Self(url));
        }
        Err(FieldError::new("endpoint", "form", "an endpoint is a URL of at most 1000 characters"))
    }

    /// An endpoint that a store kept.
    #[must_use]
    pub fn from_stored(url: String) -> Self {
        Self(url)
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// What notifications of a device are encrypted with. Never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct PushKeys {
    /// The device's public key: a point of the curve P-256, uncompressed.
    pub p256dh: [u8; 65],
    /// A secret that the device shares with its application server.
    pub auth: [u8; 16],
}

impl fmt::Debug for PushKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A device that takes notifications.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushSubscription {
    /// Which.
    pub id: SubscriptionId,
    /// Whose.
    pub user: UserId,
    /// The session that it goes with; none for a token of an embedding application.
    pub session: Option<SessionId>,
    /// Where it takes them.
    pub endpoint: Endpoint,
    /// What they are encrypted with.
    pub keys: PushKeys,
    /// What the person would call the device.
    pub device: String,
    /// Since when.
    pub created_at: Timestamp,
}

impl PushSubscription {
    /// How many a user has at most: the oldest go.
    pub const MAX_PER_USER: usize = 20;
}

/// What push services know this server by: a private key of the curve P-256. Never shown by `Debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PushKey(pub [u8; 32]);

impl fmt::Debug for PushKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Which of a room's messages may notify whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notifying {
    /// The room.
    pub room: RoomId,
    /// The newest message that counts: the devices have had their time to say that they have it.
    pub up_to: Seq,
    /// In rooms of more members only mentions notify.
    pub max_small_room_members: u64,
    /// The time that silences are measured by.
    pub now: Timestamp,
}

/// Some of the devices that are to be notified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToNotify {
    /// In the order of the users' ids, then their own.
    pub devices: Vec<(UserId, SubscriptionId)>,
    /// The newest message after those that count that may notify somebody; only with the last devices.
    pub later: Option<Seq>,
}

/// What a device is to be told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushNotice {
    /// The device.
    pub subscription: PushSubscription,
    /// What sort of conversation.
    pub kind: RoomKind,
    /// Its name.
    pub name: Option<RoomName>,
    /// The newest message that notifies.
    pub message: Message,
    /// What else waits for the user, in all rooms.
    pub waiting: Vec<Waiting>,
}

/// A room in which something waits for a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// What the member wants to be told of there.
    pub notifications: NotificationSettings,
    /// How many members it has.
    pub member_count: u64,
    /// How much is unread.
    pub unread: u64,
    /// How much of it mentions the member.
    pub mentions: u64,
}

impl PushNotice {
    /// How much waits that notifies: unread messages where all of them do, mentions where only those do, nothing in rooms
    /// that are silent.
    #[must_use]
    pub fn badge(&self, now: Timestamp, max_small_room_members: u64) -> u64 {
        let of = |room: &Waiting| match room.notifications.level_at(now) {
            NotifyLevel::None => 0,
            NotifyLevel::All if room.member_count <= max_small_room_members => room.unread,
            NotifyLevel::All | NotifyLevel::Mentions => room.mentions,
        };
        self.waiting.iter().map(of).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Details, MessageId, MessageText, Rev, User};

    fn waiting(level: NotifyLevel, muted_until: Option<i64>, member_count: u64) -> Waiting {
        let muted_until = muted_until.map(Timestamp::from_unix_ms);
        let notifications = NotificationSettings { level, muted_until };
        Waiting { notifications, member_count, unread: 7, mentions: 2 }
    }

    #[test]
    fn the_badge_counts_what_notifies_and_nothing_else() {
        let user = User::new("ada".parse().unwrap(), "ada".parse().unwrap(), "Ada".parse().unwrap());
        let room = RoomId::from_parts(1, 7);
        let at = Timestamp::from_unix_ms(10);
        let notice = PushNotice {
            subscription: PushSubscription {
                id: SubscriptionId::from_parts(1, 1),
                user: user.id.clone(),
                session: None,
                endpoint: Endpoint::new("https://push.example/secret".to_owned()).unwrap(),
                keys: PushKeys { p256dh: [4; 65], auth: [7; 16] },
                device: String::new(),
                created_at: at,
            },
            kind: RoomKind::Group,
            name: None,
            message: Message {
                id: MessageId::from_parts(1, 1),
                room,
                seq: Seq(1),
                rev: Rev(2),
                sender: user,
                client_id: "c".parse().unwrap(),
                text: MessageText::from_stored("hi"),
                created_at: at,
                details: Details::default(),
            },
            waiting: vec![
                waiting(NotifyLevel::All, None, 3),
                waiting(NotifyLevel::All, Some(10), 3),
                waiting(NotifyLevel::All, Some(11), 3),
                waiting(NotifyLevel::All, None, 257),
                waiting(NotifyLevel::Mentions, None, 3),
                waiting(NotifyLevel::None, None, 3),
            ],
        };
        assert_eq!(notice.badge(at, 256), 7 + 7 + 2 + 2);
        let shown = format!("{notice:?}");
        assert!(!shown.contains("secret") && !shown.contains("[4, 4"), "{shown}");
    }

    #[test]
    fn an_endpoint_is_of_bounded_length_and_holds_nothing_strange() {
        for bad in ["", "https://push.example/a b", "https://püsh.example", &"x".repeat(1_001)] {
            assert!(Endpoint::new(bad.to_owned()).is_err(), "{bad:?}");
        }
    }
}
