//! What can be asked of a room, and which rows the answer depends on.

use crate::{
    ClientId, DirectKey, FollowUps, MessageId, MessageText, Role, RoomId, RoomKind, RoomName, UserId,
};

/// Something a user asks of a room.
#[derive(Debug, Clone)]
pub struct RoomCommand {
    /// The room; for [`RoomAction::Create`], the id that it gets.
    pub room: RoomId,
    /// Who asks.
    pub actor: UserId,
    /// What is asked.
    pub action: RoomAction,
    /// The work that is to follow what it changes.
    pub follow_ups: FollowUps,
}

/// What is asked.
#[derive(Debug, Clone)]
pub enum RoomAction {
    /// A new room.
    Create(CreateRoom),
    /// A message.
    Post(PostMessage),
    /// Another name.
    Rename(RenameRoom),
    /// A new member.
    AddMember(AddMember),
    /// One member less.
    RemoveMember(RemoveMember),
    /// Another role for a member.
    SetRole(SetRole),
}

/// Creates a room.
#[derive(Debug, Clone)]
pub struct CreateRoom {
    /// What sort of conversation.
    pub kind: RoomKind,
    /// Its name.
    pub name: Option<RoomName>,
    /// Who else is in it from the start.
    pub members: Vec<UserId>,
}

impl CreateRoom {
    /// The people named besides the actor, each once.
    #[must_use]
    pub fn others(&self, actor: &UserId) -> Vec<&UserId> {
        let mut others: Vec<&UserId> = Vec::with_capacity(self.members.len());
        for id in &self.members {
            if id != actor && !others.contains(&id) {
                others.push(id);
            }
        }
        others
    }
}

/// Posts a message.
#[derive(Debug, Clone)]
pub struct PostMessage {
    /// The message's id, should it be new.
    pub id: MessageId,
    /// The sender's own id for it.
    pub client_id: ClientId,
    /// What it says.
    pub text: MessageText,
}

/// Renames a room.
#[derive(Debug, Clone)]
pub struct RenameRoom {
    /// The new name.
    pub name: RoomName,
}

/// Adds a user to a room, or joins it oneself.
#[derive(Debug, Clone)]
pub struct AddMember {
    /// Whom.
    pub user: UserId,
}

/// Removes a user from a room, or leaves it oneself.
#[derive(Debug, Clone)]
pub struct RemoveMember {
    /// Whom.
    pub user: UserId,
}

/// Sets a member's role.
#[derive(Debug, Clone)]
pub struct SetRole {
    /// Whose.
    pub user: UserId,
    /// To what.
    pub role: Role,
}

/// The rows that a command's decision depends on. A store reads exactly these, in the transaction that will hold the
/// change, into [`Facts`](crate::Facts).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// The users whom the command names besides the actor, with their membership.
    pub subjects: Vec<UserId>,
    /// A message that the actor sent under this id before.
    pub client_id: Option<ClientId>,
    /// The direct room of these two.
    pub direct: Option<DirectKey>,
    /// Who would own the room if the actor left.
    pub heir: bool,
}

impl RoomCommand {
    /// The rows that [`rules::decide`](crate::rules::decide) needs for this command.
    #[must_use]
    pub fn needs(&self) -> Needs {
        match &self.action {
            RoomAction::Create(create) => Needs {
                direct: match (create.kind, create.others(&self.actor).as_slice()) {
                    (RoomKind::Direct, [other]) => Some(DirectKey::of(&self.actor, other)),
                    _ => None,
                },
                subjects: create.members.clone(),
                ..Needs::default()
            },
            RoomAction::Post(post) => Needs { client_id: Some(post.client_id.clone()), ..Needs::default() },
            RoomAction::Rename(_) => Needs::default(),
            RoomAction::AddMember(AddMember { user }) | RoomAction::SetRole(SetRole { user, .. }) => {
                Needs { subjects: vec![user.clone()], ..Needs::default() }
            }
            RoomAction::RemoveMember(RemoveMember { user }) => {
                Needs { subjects: vec![user.clone()], heir: *user == self.actor, ..Needs::default() }
            }
        }
    }
}
