//! A room as a client holds it: a snapshot, and the changes after it applied one by one.

use std::collections::{BTreeMap, BTreeSet};

use chinwag_chat::{
    Emoji, Message, Rev, Role, RoomChange, RoomEvent, RoomName, RoomSettings, Seq, Timestamp, UserId,
};

/// What a client knows of a room at one revision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoomSnapshot {
    /// The revision.
    pub rev: Rev,
    /// The newest message.
    pub head_seq: Seq,
    /// The room's name.
    pub name: Option<RoomName>,
    /// How it is set up.
    pub settings: RoomSettings,
    /// Its members and what they may do.
    pub members: BTreeMap<UserId, Role>,
    /// Until when which of them may say nothing.
    pub muted: BTreeMap<UserId, Timestamp>,
    /// What was said, as it is now.
    pub messages: BTreeMap<Seq, Message>,
    /// What was put under it.
    pub reactions: BTreeSet<(Seq, Emoji, UserId)>,
}

impl RoomSnapshot {
    /// Takes in the next change.
    ///
    /// # Panics
    /// If it is not the next one, or contradicts what is known: then the log is not what it must be.
    pub fn apply(&mut self, change: &RoomChange) {
        assert_eq!(change.rev, self.rev.next(), "a change was left out or came twice");
        self.rev = change.rev;
        match &change.event {
            RoomEvent::RoomCreated { name, .. } => self.name.clone_from(name),
            RoomEvent::RoomRenamed { name, .. } => self.name = Some(name.clone()),
            RoomEvent::RoomSettingsChanged { settings, .. } => self.settings = *settings,
            RoomEvent::MemberJoined { user, role, .. } => {
                assert_eq!(self.members.insert(user.id.clone(), *role), None, "joined twice");
            }
            RoomEvent::MemberLeft { user, .. } => {
                self.muted.remove(&user.id);
                assert!(self.members.remove(&user.id).is_some(), "left without being there");
            }
            RoomEvent::MemberRoleChanged { user, role, .. } => {
                assert!(self.members.insert(user.id.clone(), *role).is_some(), "a role for nobody");
            }
            RoomEvent::MemberMuted { user, until, .. } => {
                self.muted.insert(user.id.clone(), *until);
            }
            RoomEvent::MemberUnmuted { user, .. } => {
                assert!(self.muted.remove(&user.id).is_some(), "speaks again without having been silent");
            }
            RoomEvent::MessageCreated { message } => {
                assert_eq!(message.seq, self.head_seq.next(), "a message was left out or came twice");
                self.head_seq = message.seq;
                assert_eq!(message.rev, change.rev);
                self.messages.insert(message.seq, message.clone());
            }
            RoomEvent::MessageEdited { message, .. }
            | RoomEvent::MessagePinned { message, .. }
            | RoomEvent::MessageUnpinned { message, .. } => self.replace(message),
            RoomEvent::MessageDeleted { message, .. } => {
                self.reactions.retain(|(seq, ..)| *seq != message.seq);
                self.replace(message);
            }
            RoomEvent::MessagesRemoved { up_to } => {
                self.messages.retain(|seq, _| seq > up_to);
                self.reactions.retain(|(seq, ..)| seq > up_to);
            }
            RoomEvent::ReactionAdded { seq, emoji, user, .. } => {
                // A message that was deleted later is known as such from the beginning.
                self.reactions.insert((*seq, emoji.clone(), user.id.clone()));
            }
            RoomEvent::ReactionRemoved { seq, emoji, user, .. } => {
                self.reactions.remove(&(*seq, emoji.clone(), user.id.clone()));
            }
        }
    }

    fn replace(&mut self, message: &Message) {
        assert!(self.messages.insert(message.seq, message.clone()).is_some(), "a change of no message");
    }
}
