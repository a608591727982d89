//! What is kept, and how it is found.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chinwag_chat::{
    About, AuditNote, ClientId, Cursor, DirectKey, Edit, Emoji, FileId, Head, KeyId, Member, Message, NewBan,
    NewReport, NodeId, NotificationSettings, NotifyLevel, PasswordHash, PushKey, PushSubscription,
    ReportAction, Rev, Role, Room, RoomChange, RoomEvent, RoomId, RoomKind, Seq, Session, SessionId,
    Standing, Status, SubscriptionId, Timestamp, TokenHash, User, UserChange, UserId, UserName,
};

use crate::files::FileTable;
use crate::keys::KeyRow;
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
    pub(crate) statuses: HashMap<UserId, Status>,
    pub(crate) push_key: Option<PushKey>,
    pub(crate) subscriptions: HashMap<SubscriptionId, PushSubscription>,
    /// Up to which message a device was notified of in a room.
    pub(crate) pushed: HashMap<(SubscriptionId, RoomId), Seq>,
    pub(crate) files: HashMap<FileId, FileTable>,
    /// Who is a bot, but for those of hooks.
    pub(crate) bots: BTreeSet<UserId>,
    pub(crate) keys: BTreeMap<KeyId, KeyRow>,
    pub(crate) secrets: HashMap<String, [u8; 32]>,
    /// What was done, the first first.
    pub(crate) audit: Vec<(Timestamp, AuditNote)>,
    /// Who wants nothing from whom.
    pub(crate) blocks: BTreeSet<(UserId, UserId)>,
    /// What was reported, the first first.
    pub(crate) reports: Vec<ReportRow>,
    /// What one node at a time sees to, and until when.
    pub(crate) duties: HashMap<String, (NodeId, Timestamp)>,
    /// Who was erased, and of whom something may be left.
    pub(crate) erased: HashSet<UserId>,
    pub(crate) erasures: BTreeSet<UserId>,
}

/// A room with its members and its log.
pub(crate) struct RoomTable {
    pub(crate) room: Room,
    /// All changes up to there have outlived their time.
    pub(crate) trimmed_rev: Rev,
    pub(crate) members: BTreeMap<UserId, Membership>,
    /// The change of rev 1, of rev 2, …
    pub(crate) log: Vec<RoomChange>,
    /// Where in the log the message of seq 1 is, of seq 2, …
    pub(crate) messages: Vec<Rev>,
    pub(crate) by_client_id: HashMap<(UserId, ClientId), Seq>,
    /// What messages said before, the oldest first.
    pub(crate) edits: HashMap<Seq, Vec<Edit>>,
    /// What was put under messages, in that order.
    pub(crate) reactions: HashMap<Seq, Vec<(Emoji, UserId)>>,
    /// The messages of each thread.
    pub(crate) threads: HashMap<Seq, Vec<Seq>>,
    /// Who takes part in which threads, and how far they have read them.
    pub(crate) thread_cursors: BTreeMap<(UserId, Seq), Seq>,
    /// Who is kept out.
    pub(crate) bans: BTreeMap<UserId, NewBan>,
}

/// A report, and what became of it.
pub(crate) struct ReportRow {
    pub(crate) report: NewReport,
    pub(crate) closed: Option<Closed>,
}

/// What became of a report.
#[derive(Clone)]
pub(crate) struct Closed {
    pub(crate) by: UserId,
    pub(crate) at: Timestamp,
    pub(crate) action: ReportAction,
    pub(crate) note: Option<String>,
}

/// What a room knows of a member.
#[derive(Clone, Copy)]
pub(crate) struct Membership {
    pub(crate) role: Role,
    pub(crate) joined_at: Timestamp,
    pub(crate) read_seq: Seq,
    pub(crate) delivered_seq: Seq,
    pub(crate) muted_until: Option<Timestamp>,
    pub(crate) posted_at: Option<Timestamp>,
    pub(crate) is_blocked: bool,
    pub(crate) notify: Option<NotifyLevel>,
    pub(crate) silent_until: Option<Timestamp>,
}

/// An account, its memberships and its own log.
pub(crate) struct UserTable {
    pub(crate) user: User,
    pub(crate) about: Option<About>,
    pub(crate) password: Option<PasswordHash>,
    pub(crate) created_at: Timestamp,
    pub(crate) is_admin: bool,
    pub(crate) is_disabled: bool,
    pub(crate) rooms: BTreeSet<RoomId>,
    /// All changes up to there are gone.
    pub(crate) trimmed_rev: Rev,
    /// The change of rev 1, of rev 2, …
    pub(crate) log: Vec<UserChange>,
}

impl Tables {
    /// Whether somebody wants nothing from the other.
    pub(crate) fn is_blocked(&self, who: &UserId, whom: &UserId) -> bool {
        self.blocks.contains(&(who.clone(), whom.clone()))
    }

    /// Whether the user may come in.
    pub(crate) fn is_welcome(&self, id: &UserId) -> bool {
        self.users.get(id).is_none_or(|table| !table.is_disabled)
    }

    pub(crate) fn user(&self, id: &UserId) -> Option<&User> {
        self.users.get(id).map(|table| &table.user)
    }

    /// The user's membership of a room, told in full.
    pub(crate) fn member(&self, room: RoomId, id: &UserId) -> Option<Member> {
        let membership = self.rooms.get(&room)?.members.get(id)?;
        Some(membership.of(self.user(id)?))
    }
}

impl UserTable {
    /// What the user is to the server.
    pub(crate) fn standing(&self) -> Standing {
        Standing { user: self.user.clone(), is_admin: self.is_admin, is_disabled: self.is_disabled }
    }
}

impl RoomTable {
    pub(crate) fn new(room: Room) -> Self {
        Self {
            room,
            trimmed_rev: Rev::ZERO,
            members: BTreeMap::new(),
            log: Vec::new(),
            messages: Vec::new(),
            by_client_id: HashMap::new(),
            edits: HashMap::new(),
            reactions: HashMap::new(),
            threads: HashMap::new(),
            thread_cursors: BTreeMap::new(),
            bans: BTreeMap::new(),
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

    /// The message of that number, to be changed.
    pub(crate) fn message_mut(&mut self, seq: Seq) -> Option<&mut Message> {
        let rev = *self.messages.get(index(seq.0)?)?;
        self.log.get_mut(index(rev.0)?)?.event.message_mut()
    }

    /// The messages after a number, oldest first.
    pub(crate) fn messages_after(&self, seq: Seq) -> impl Iterator<Item = &Message> {
        after(&self.messages, seq.0).iter().filter_map(|rev| self.message_at(*rev))
    }

    /// A change of the log as it is told now: with what its message says today.
    pub(crate) fn told_now(&self, change: &RoomChange) -> RoomChange {
        let mut change = change.clone();
        let gone = match change.event.message_mut() {
            Some(message) => match self.message(message.seq) {
                Some(now) => {
                    message.clone_from(now);
                    None
                }
                None => Some(message.seq),
            },
            None => None,
        };
        if let Some(up_to) = gone {
            change.event = RoomEvent::MessagesRemoved { up_to };
        }
        change
    }

    /// What a member has not read who has read up to there.
    pub(crate) fn cursor_at(&self, user: &UserId, read_seq: Seq) -> Cursor {
        let most = usize::try_from(Cursor::MAX_UNREAD).unwrap_or(usize::MAX);
        let is_unread = |message: &&Message| message.details.thread.is_none() && !message.is_deleted();
        let mentions_them = |message: &&Message| {
            let mentions = &message.details.mentions;
            mentions.users.contains(user) || (mentions.room && message.sender.id != *user)
        };
        let unread = self.messages_after(read_seq).filter(is_unread).take(most).count();
        let mentions = self.messages_after(read_seq).filter(mentions_them).take(most).count();
        Cursor { read_seq, unread: unread as u64, mentions: mentions as u64 }
    }
}

impl Membership {
    /// Somebody who has nothing to read yet and has wished for nothing.
    pub(crate) fn new(role: Role, joined_at: Timestamp, read_seq: Seq) -> Self {
        Self {
            role,
            joined_at,
            read_seq,
            delivered_seq: read_seq,
            notify: None,
            silent_until: None,
            muted_until: None,
            posted_at: None,
            is_blocked: false,
        }
    }

    pub(crate) fn of(self, user: &User) -> Member {
        let Self { role, joined_at, read_seq, delivered_seq, muted_until, posted_at, is_blocked, .. } = self;
        let user = user.clone();
        Member { user, role, joined_at, read_seq, delivered_seq, muted_until, posted_at, is_blocked }
    }

    pub(crate) fn notifications(self, kind: RoomKind) -> NotificationSettings {
        NotificationSettings::kept(kind, self.notify, self.silent_until)
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
