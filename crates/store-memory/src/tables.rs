//! What is kept, and how it is found.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chinwag_chat::{
    ClientId, DirectKey, Head, Member, Message, PasswordHash, Rev, Role, Room, RoomChange, RoomEvent, RoomId,
    Seq, Session, SessionId, Timestamp, TokenHash, User, UserChange, UserId, UserName,
};

use crate::outbox::Lines;

/// Everything.
#[derive(Default)]
pub(crate) struct Tables {
    pub(crate) rooms: HashMap<RoomId, RoomTable>,
    pub(crate) public_rooms: HashSet<RoomId>,
    pub(crate) direct_rooms: HashMap<DirectKey, RoomId>,
    pub(crate) users: HashMap<UserId, UserTable>,
    pub(crate) by_name: BTreeMap<UserName, UserId>,
    /// Folded names and display names: what people are found by.
    pub(crate) found_by: BTreeSet<(String, UserId)>,
    pub(crate) sessions: HashMap<SessionId, (Session, TokenHash)>,
    pub(crate) by_token: HashMap<TokenHash, SessionId>,
    pub(crate) outbox: Lines,
}

/// A room with its members and its log.
pub(crate) struct RoomTable {
    pub(crate) room: Room,
    pub(crate) members: BTreeMap<UserId, Membership>,
    /// The change of rev 1, of rev 2, …
    pub(crate) log: Vec<RoomChange>,
    /// Where in the log the message of seq 1 is, of seq 2, …
    pub(crate) messages: Vec<Rev>,
    pub(crate) by_client_id: HashMap<(UserId, ClientId), Seq>,
}

/// What a room knows of a member.
#[derive(Clone, Copy)]
pub(crate) struct Membership {
    pub(crate) role: Role,
    pub(crate) joined_at: Timestamp,
    pub(crate) read_seq: Seq,
}

/// An account, its memberships and its own log.
pub(crate) struct UserTable {
    pub(crate) user: User,
    pub(crate) password: Option<PasswordHash>,
    pub(crate) rooms: BTreeSet<RoomId>,
    /// The change of rev 1, of rev 2, …
    pub(crate) log: Vec<UserChange>,
}

impl Tables {
    pub(crate) fn user(&self, id: &UserId) -> Option<&User> {
        self.users.get(id).map(|table| &table.user)
    }

    /// The user's membership of a room, told in full.
    pub(crate) fn member(&self, room: RoomId, id: &UserId) -> Option<Member> {
        let membership = self.rooms.get(&room)?.members.get(id)?;
        Some(membership.of(self.user(id)?))
    }
}

impl RoomTable {
    pub(crate) fn new(room: Room) -> Self {
        Self {
            room,
            members: BTreeMap::new(),
            log: Vec::new(),
            messages: Vec::new(),
            by_client_id: HashMap::new(),
        }
    }

    pub(crate) fn head(&self) -> Head {
        self.room.head
    }

    /// The message of that number.
    pub(crate) fn message(&self, seq: Seq) -> Option<&Message> {
        self.message_at(*self.messages.get(index(seq.0)?)?)
    }

    /// The message that the change of that number created, if it did.
    pub(crate) fn message_at(&self, rev: Rev) -> Option<&Message> {
        match &self.log.get(index(rev.0)?)?.event {
            RoomEvent::MessageCreated { message } => Some(message),
            _ => None,
        }
    }
}

impl Membership {
    pub(crate) fn of(self, user: &User) -> Member {
        let Self { role, joined_at, read_seq } = self;
        Member { user: user.clone(), role, joined_at, read_seq }
    }
}

/// Where the item of a number is that counts from one.
fn index(number: u64) -> Option<usize> {
    usize::try_from(number.checked_sub(1)?).ok()
}

/// The items after a number that counts from one.
pub(crate) fn after<T>(items: &[T], number: u64) -> &[T] {
    usize::try_from(number).ok().and_then(|skip| items.get(skip..)).unwrap_or_default()
}
