//! What items hold: the domain's own values where these can be written, else the same with what belongs to a store.

use chinwag_chat::{
    About, Cursor, DirectKey, Emoji, File, FilePurpose, Head, Member, Mentions, Message,
    NotificationSettings, NotifyLevel, PasswordHash, Replies, Rev, Role, Room, RoomId, RoomKind, RoomName,
    RoomSettings, Seq, SessionId, Standing, Timestamp, User, UserId,
};
use serde::{Deserialize, Serialize};

use crate::item::NewItem;
use crate::keys;

/// A room.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RoomRecord {
    pub(crate) id: RoomId,
    pub(crate) kind: RoomKind,
    pub(crate) name: Option<RoomName>,
    pub(crate) direct: Option<String>,
    pub(crate) seq: Seq,
    pub(crate) rev: Rev,
    pub(crate) member_count: u64,
    pub(crate) created_at: Timestamp,
    pub(crate) active_at: Timestamp,
    pub(crate) settings: RoomSettings,
    /// All messages, and all changes, up to there have outlived their time.
    #[serde(default)]
    pub(crate) trimmed_seq: Seq,
    #[serde(default)]
    pub(crate) trimmed_rev: Rev,
}

impl RoomRecord {
    pub(crate) fn of(room: &Room) -> Self {
        Self {
            id: room.id,
            kind: room.kind,
            name: room.name.clone(),
            direct: room.direct.as_ref().map(|key| key.as_str().to_owned()),
            seq: room.head.seq,
            rev: room.head.rev,
            member_count: room.member_count,
            created_at: room.created_at,
            active_at: room.active_at,
            settings: room.settings,
            trimmed_seq: Seq::ZERO,
            trimmed_rev: Rev::ZERO,
        }
    }

    pub(crate) const fn head(&self) -> Head {
        Head { seq: self.seq, rev: self.rev }
    }

    pub(crate) fn room(self) -> Room {
        let head = self.head();
        let Self { id, kind, name, direct, member_count, created_at, active_at, settings, .. } = self;
        let direct = direct.map(DirectKey::from_stored);
        Room { id, kind, name, direct, head, member_count, created_at, active_at, settings }
    }

    pub(crate) fn item(&self) -> Result<NewItem, chinwag_chat::StoreError> {
        NewItem::of(keys::room(self.id), self)
    }
}

/// What a room knows of a member.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MemberRecord {
    pub(crate) role: Role,
    pub(crate) joined_at: Timestamp,
    pub(crate) read_seq: Seq,
    pub(crate) delivered_seq: Seq,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) muted_until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) posted_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_blocked: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) notify: Option<NotifyLevel>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) silent_until: Option<Timestamp>,
}

impl MemberRecord {
    /// Somebody who has nothing to read yet and has wished for nothing.
    pub(crate) const fn new(role: Role, joined_at: Timestamp, read_seq: Seq) -> Self {
        Self {
            role,
            joined_at,
            read_seq,
            delivered_seq: read_seq,
            muted_until: None,
            posted_at: None,
            is_blocked: false,
            notify: None,
            silent_until: None,
        }
    }

    pub(crate) fn of(&self, user: User) -> Member {
        let Self { role, joined_at, read_seq, delivered_seq, muted_until, posted_at, is_blocked, .. } = *self;
        Member { user, role, joined_at, read_seq, delivered_seq, muted_until, posted_at, is_blocked }
    }

    pub(crate) fn notifications(&self, kind: RoomKind) -> NotificationSettings {
        NotificationSettings::kept(kind, self.notify, self.silent_until)
    }
}

/// An account.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct AccountRecord {
    pub(crate) user: User,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) about: Option<About>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    pub(crate) created_at: Timestamp,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_admin: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_disabled: bool,
}

impl AccountRecord {
    pub(crate) fn new(user: User, password: Option<&PasswordHash>, created_at: Timestamp) -> Self {
        let password = password.map(|password| password.expose().to_owned());
        Self { user, about: None, password, created_at, is_admin: false, is_disabled: false }
    }

    pub(crate) fn password(&self) -> Option<PasswordHash> {
        self.password.clone().map(PasswordHash::new)
    }

    /// What the user is to the server.
    pub(crate) fn standing(&self) -> Standing {
        Standing { user: self.user.clone(), is_admin: self.is_admin, is_disabled: self.is_disabled }
    }
}

/// A message and, where a thread began with it, what is known of that.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MessageRecord {
    pub(crate) message: Message,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) thread: Option<ThreadSummary>,
}

/// A thread as the message knows it that it began with.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct ThreadSummary {
    /// How many of its messages were not deleted, and the last of them.
    pub(crate) count: u64,
    pub(crate) last_seq: Seq,
    pub(crate) last_at: Timestamp,
    /// When something was last said, deleted or not.
    pub(crate) newest_at: Timestamp,
}

impl ThreadSummary {
    pub(crate) fn replies(self) -> Option<Replies> {
        let Self { count, last_seq, last_at, .. } = self;
        (count > 0).then_some(Replies { count, last_seq, last_at })
    }
}

/// A message is shown among the room's own unless it has one of these.
pub(crate) const IN_THREAD: &str = "in_thread";
pub(crate) const DELETED: &str = "deleted";
/// Who sent what the item stands for.
pub(crate) const SENDER: &str = "sender";

impl MessageRecord {
    pub(crate) fn item(&self) -> Result<NewItem, chinwag_chat::StoreError> {
        let message = &self.message;
        let item = NewItem::of(keys::message(message.room, message.seq), self)?
            .marked_if(message.details.thread.is_some(), IN_THREAD)
            .marked_if(message.is_deleted(), DELETED);
        if message.is_deleted() {
            return Ok(item);
        }
        let place = keys::said_place(message.created_at, message.seq);
        Ok(item.indexed((keys::said_partition(message.room), place)))
    }
}

/// A message of a thread.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ReplyRecord {
    pub(crate) seq: Seq,
    pub(crate) at: Timestamp,
    pub(crate) sender: UserId,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_deleted: bool,
}

impl ReplyRecord {
    pub(crate) fn of(message: &Message) -> Self {
        Self {
            seq: message.seq,
            at: message.created_at,
            sender: message.sender.id.clone(),
            is_deleted: message.is_deleted(),
        }
    }

    pub(crate) fn item(&self, room: RoomId, root: Seq) -> Result<NewItem, chinwag_chat::StoreError> {
        let item = NewItem::of(keys::thread_message(room, root, self.seq), self)?;
        Ok(item.marked(SENDER, self.sender.as_str()).marked_if(self.is_deleted, DELETED))
    }
}

/// Whom a message mentions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MentionRecord {
    pub(crate) seq: Seq,
    pub(crate) sender: UserId,
    #[serde(flatten)]
    pub(crate) mentions: Mentions,
}

/// That somebody put an emoji under a message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ReactionRecord {
    pub(crate) seq: Seq,
    pub(crate) emoji: Emoji,
    pub(crate) user: UserId,
    pub(crate) rev: Rev,
}

/// A change of a room: its event without the message that belongs into it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ChangeRecord {
    pub(crate) rev: Rev,
    pub(crate) at: Timestamp,
    pub(crate) event: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<Seq>,
}

/// A change of a user's own log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct UserChangeRecord {
    pub(crate) rev: Rev,
    pub(crate) at: Timestamp,
    pub(crate) event: chinwag_chat::UserEvent,
}

/// Where a user's own log ends, and where it begins.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct UserHead {
    pub(crate) rev: Rev,
    #[serde(default)]
    pub(crate) trimmed_rev: Rev,
}

/// A session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SessionRecord {
    pub(crate) id: SessionId,
    pub(crate) user: UserId,
    pub(crate) token: [u8; 32],
    pub(crate) device: String,
    pub(crate) created_at: Timestamp,
    pub(crate) last_seen_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// A file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FileRecord {
    pub(crate) file: File,
    pub(crate) owner: UserId,
    pub(crate) purpose: FilePurpose,
    pub(crate) message: Option<(RoomId, Seq)>,
    pub(crate) is_ready: bool,
    /// When it is collected; nothing while something shows it.
    pub(crate) due_at: Option<Timestamp>,
}

/// A room's name, as it is looked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ListedRoom {
    pub(crate) id: RoomId,
    pub(crate) folded: String,
}

impl ListedRoom {
    pub(crate) fn of(id: RoomId, name: Option<&RoomName>) -> Self {
        let folded = name.map(|name| chinwag_chat::search::fold(name.as_str())).unwrap_or_default();
        Self { id, folded }
    }

    /// Whether the name holds all words of a query that was folded.
    pub(crate) fn holds(&self, query: &str) -> bool {
        query.split_whitespace().all(|word| self.folded.contains(word))
    }
}

/// A member who has read everything.
pub(crate) const fn nothing_unread(read_seq: Seq) -> Cursor {
    Cursor { read_seq, unread: 0, mentions: 0 }
}
