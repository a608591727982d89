//! A room as a client holds it: a snapshot, and the changes after it applied one by one.

use std::collections::BTreeMap;

use chinwag_chat::{Message, Rev, Role, RoomChange, RoomEvent, RoomName, UserId};

/// What a client knows of a room at one revision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoomSnapshot {
    /// The revision.
    pub rev: Rev,
    /// The room's name.
    pub name: Option<RoomName>,
    /// Its members and what they may do.
    pub members: BTreeMap<UserId, Role>,
    /// What was said.
    pub messages: Vec<Message>,
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
            RoomEvent::MemberJoined { user, role, .. } => {
                assert_eq!(self.members.insert(user.id.clone(), *role), None, "joined twice");
            }
            RoomEvent::MemberLeft { user, .. } => {
                assert!(self.members.remove(&user.id).is_some(), "left without being there");
            }
            RoomEvent::MemberRoleChanged { user, role, .. } => {
                assert!(self.members.insert(user.id.clone(), *role).is_some(), "a role for nobody");
            }
            RoomEvent::MessageCreated { message } => {
                assert_eq!(
                    message.seq.0,
                    self.messages.len() as u64 + 1,
                    "a message was left out or came twice"
                );
                assert_eq!(message.rev, change.rev);
                self.messages.push(message.clone());
            }
        }
    }
}
