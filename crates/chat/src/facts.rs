//! What the store knew when a command was decided.

use crate::{Member, Message, Room, User, UserId};

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
    /// The direct room that the two have already.
    pub direct: Option<Room>,
    /// The longest-serving admin, else member, other than the actor.
    pub heir: Option<User>,
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
    /// The named user, if they exist.
    #[must_use]
    pub fn subject(&self, id: &UserId) -> Option<&Subject> {
        self.subjects.iter().find(|subject| subject.user.id == *id)
    }
}
