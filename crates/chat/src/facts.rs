//! What the store knew when a command was decided.

use crate::{FileId, Member, Message, Room, Seq, StoredFile, Timestamp, User, UserId};

/// The rows that a command's decision depends on, read in the transaction that will hold the change.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Who asks.
    pub actor: User,
    /// The room, unless there is none of that id. Locked against other writers until the transaction ends.
    pub room: Option<Room>,
    /// The actor's membership of it.
    pub actor_member: Option<Member>,
    /// The users whom the command names, those that exist, in the order of [`Needs::subjects`](crate::Needs).
    pub subjects: Vec<Subject>,
    /// The message that the actor sent there under the same `client_id`.
    pub duplicate: Option<Message>,
    /// The messages that others sent there under the ids that the command names.
    pub sent: Vec<Message>,
    /// The messages that the command is about, those that exist, in any order.
    pub messages: Vec<Message>,
    /// The members of the room whom the command's text calls, those that there are and take something from the actor.
    pub mentioned: Vec<User>,
    /// The files that the command is about, those that are all there and not given up, in any order.
    pub files: Vec<StoredFile>,
    /// What is known of the emoji that the command is about.
    pub reaction: ReactionFacts,
    /// How many messages are pinned in the room; zero unless it was asked for.
    pub pins: u64,
    /// The direct room that the two have already.
    pub direct: Option<Room>,
    /// The longest-serving admin, else member, other than the actor.
    pub heir: Option<User>,
    /// Whether the actor may not come in.
    pub is_disabled: bool,
    /// Whether the actor is an admin of the server.
    pub is_admin: bool,
    /// Who of the named users is kept out, and until when; for good without. Some may be over.
    pub bans: Vec<(UserId, Option<Timestamp>)>,
    /// Who of the actor and the named users wants nothing from whom, in this order.
    pub blocks: Vec<(UserId, UserId)>,
}

/// What is known of an emoji under a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReactionFacts {
    /// Whether the actor put it there.
    pub is_own: bool,
    /// How many put it there.
    pub count: u64,
    /// How many different emoji there are under the message.
    pub kinds: u64,
}

/// A user whom a command names.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Who.
    pub user: User,
    /// Their membership of the room.
    pub member: Option<Member>,
}

impl Facts {
    /// Whether that user wants nothing from the other.
    #[must_use]
    pub fn blocks(&self, who: &UserId, whom: &UserId) -> bool {
        self.blocks.iter().any(|(by, blocked)| by == who && blocked == whom)
    }

    /// The named user, if they exist.
    #[must_use]
    pub fn subject(&self, id: &UserId) -> Option<&Subject> {
        self.subjects.iter().find(|subject| subject.user.id == *id)
    }

    /// The message of that number, if it exists and was not deleted.
    #[must_use]
    pub fn message(&self, seq: Seq) -> Option<&Message> {
        self.messages.iter().find(|message| message.seq == seq && !message.is_deleted())
    }

    /// The file of that id, if it is there.
    #[must_use]
    pub fn file(&self, id: FileId) -> Option<&StoredFile> {
        self.files.iter().find(|file| file.file.id == id)
    }
}
