//! What can be asked of a room, and which rows the answer depends on.

use crate::import::ImportBatch;
use crate::mention::called;
use crate::{
    ClientId, DirectKey, Emoji, FileId, FollowUps, MessageId, MessageText, Role, RoomId, RoomKind, RoomName,
    Seq, SettingsPatch, Timestamp, UserId, UserName,
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
    /// Another text for a message.
    Edit(EditMessage),
    /// A message less.
    Delete(DeleteMessage),
    /// A message pinned or unpinned.
    Pin(PinMessage),
    /// An emoji put under a message or taken away.
    React(React),
    /// Another name, or other settings.
    Update(UpdateRoom),
    /// A new member.
    AddMember(AddMember),
    /// One member less.
    RemoveMember(RemoveMember),
    /// Another role for a member.
    SetRole(SetRole),
    /// What is left of a person who was erased taken away.
    Forget(Forget),
    /// History from elsewhere, at the operator's word.
    Import(Box<ImportBatch>),
    /// Somebody kept out.
    Ban(BanMember),
    /// Somebody let in again.
    Unban(UnbanMember),
    /// A member who says nothing, or may speak again.
    Mute(SetMute),
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
    /// The message that it answers.
    pub reply_to: Option<Seq>,
    /// The message whose thread it belongs to, or any other of that thread.
    pub thread: Option<Seq>,
    /// The files that come with it.
    pub attachments: Vec<FileId>,
}

/// Changes what a message says.
#[derive(Debug, Clone)]
pub struct EditMessage {
    /// Which.
    pub seq: Seq,
    /// What it says from now on.
    pub text: MessageText,
}

/// Deletes a message: what it said is gone, its number stays.
#[derive(Debug, Clone, Copy)]
pub struct DeleteMessage {
    /// Which.
    pub seq: Seq,
    /// Whether it is as an admin of the server, who need not be in the room.
    pub as_server_admin: bool,
}

/// Pins a message, or unpins it.
#[derive(Debug, Clone, Copy)]
pub struct PinMessage {
    /// Which.
    pub seq: Seq,
    /// Whether it is to be pinned.
    pub pinned: bool,
}

/// Puts an emoji under a message, or takes it away.
#[derive(Debug, Clone)]
pub struct React {
    /// Which message.
    pub seq: Seq,
    /// Which emoji.
    pub emoji: Emoji,
    /// Whether it is to be there.
    pub present: bool,
}

/// Renames a room, or sets it up otherwise.
#[derive(Debug, Clone, Default)]
pub struct UpdateRoom {
    /// The new name.
    pub name: Option<RoomName>,
    /// The other settings.
    pub settings: SettingsPatch,
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

/// Keeps somebody out of a room, and removes them if they are in it.
#[derive(Debug, Clone)]
pub struct BanMember {
    /// Whom.
    pub user: UserId,
    /// Why.
    pub reason: Option<String>,
    /// Until when; for good without.
    pub until: Option<Timestamp>,
    /// Whether it is as an admin of the server, who need not be in the room.
    pub as_server_admin: bool,
}

/// Lets somebody in again.
#[derive(Debug, Clone)]
pub struct UnbanMember {
    /// Whom.
    pub user: UserId,
}

/// Has a member say nothing for a while.
#[derive(Debug, Clone)]
pub struct SetMute {
    /// Whom.
    pub user: UserId,
    /// Until when; without, they may speak again.
    pub until: Option<Timestamp>,
}

/// What is taken away of a person who was erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Forget {
    /// That they are a member.
    Membership,
    /// What these messages say.
    Messages(Vec<Seq>),
    /// An emoji under a message.
    Reaction {
        /// Which message.
        seq: Seq,
        /// Which emoji.
        emoji: Emoji,
    },
}

/// The rows that a command's decision depends on. A store reads exactly these, in the transaction that will hold the
/// change, into [`Facts`](crate::Facts).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// The users whom the command names besides the actor, with their membership.
    pub subjects: Vec<UserId>,
    /// A message that the actor sent under this id before.
    pub client_id: Option<ClientId>,
    /// Messages that these sent under these ids before.
    pub sent: Vec<(UserId, ClientId)>,
    /// The messages that the command is about.
    pub messages: Vec<Seq>,
    /// Members of the room by their names.
    pub mentioned: Vec<UserName>,
    /// What is known of an emoji under a message.
    pub reaction: Option<(Seq, Emoji)>,
    /// Files, locked against whoever else would show or collect them.
    pub files: Vec<FileId>,
    /// How many messages are pinned in the room.
    pub pins: bool,
    /// The direct room of these two.
    pub direct: Option<DirectKey>,
    /// Who would own the room if the actor left.
    pub heir: bool,
    /// Until when the named users are kept out.
    pub bans: bool,
    /// Who of the actor and the named users wants nothing from whom.
    pub blocks: bool,
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
                blocks: create.kind == RoomKind::Direct,
                ..Needs::default()
            },
            RoomAction::Post(post) => Needs {
                client_id: Some(post.client_id.clone()),
                messages: post.reply_to.into_iter().chain(post.thread).collect(),
                mentioned: called(post.text.as_str()).names,
                files: post.attachments.clone(),
                ..Needs::default()
            },
            RoomAction::Edit(edit) => Needs {
                messages: vec![edit.seq],
                mentioned: called(edit.text.as_str()).names,
                ..Needs::default()
            },
            RoomAction::Delete(delete) => Needs { messages: vec![delete.seq], ..Needs::default() },
            RoomAction::Pin(pin) => Needs { messages: vec![pin.seq], pins: true, ..Needs::default() },
            RoomAction::React(react) => Needs {
                messages: vec![react.seq],
                reaction: Some((react.seq, react.emoji.clone())),
                ..Needs::default()
            },
            RoomAction::Update(_) => Needs::default(),
            RoomAction::Forget(Forget::Membership) => Needs { heir: true, ..Needs::default() },
            RoomAction::Forget(Forget::Messages(seqs)) => {
                Needs { messages: seqs.clone(), ..Needs::default() }
            }
            RoomAction::Forget(Forget::Reaction { seq, emoji }) => {
                Needs { reaction: Some((*seq, emoji.clone())), ..Needs::default() }
            }
            RoomAction::Import(batch) => Needs {
                subjects: batch.people(),
                sent: batch
                    .messages
                    .iter()
                    .map(|message| (message.sender.clone(), message.client_id.clone()))
                    .collect(),
                direct: batch.direct(),
                ..Needs::default()
            },
            RoomAction::AddMember(AddMember { user }) | RoomAction::Unban(UnbanMember { user }) => {
                Needs { subjects: vec![user.clone()], bans: true, ..Needs::default() }
            }
            RoomAction::SetRole(SetRole { user, .. })
            | RoomAction::Ban(BanMember { user, .. })
            | RoomAction::Mute(SetMute { user, .. }) => {
                Needs { subjects: vec![user.clone()], ..Needs::default() }
            }
            RoomAction::RemoveMember(RemoveMember { user }) => {
                Needs { subjects: vec![user.clone()], heir: *user == self.actor, ..Needs::default() }
            }
        }
    }
}
