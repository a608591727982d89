//! Who may do what, and what it changes: pure functions from facts to a decision.
//!
//! Every store calls [`decide`] inside the transaction that will hold the change, so there is one set of rules whatever
//! the store, and no moment between check and change.

mod create;
mod membership;
mod permission;
mod post;
mod rename;

use std::sync::Arc;

use crate::outbox::NewWork;
use crate::{
    Change, DirectKey, Facts, Head, Hint, Message, Refusal, Rev, Role, Room, RoomAction, RoomChange,
    RoomCommand, RoomEvent, RoomId, RoomName, Seq, Timestamp, User, UserChange, UserEvent, UserId,
};

/// What a store must write for a command, all or nothing.
#[derive(Debug)]
pub struct Decision {
    /// The rows to write, in this order.
    pub writes: Vec<Write>,
    /// The changes to append to the room's log, numbered already.
    pub changes: Vec<RoomChange>,
    /// Events to append to users' own logs; the store numbers each after the head of its log.
    pub user_events: Vec<(UserId, UserEvent)>,
    /// Work to note in the outbox, in this order.
    pub work: Vec<NewWork>,
    /// What the caller learns.
    pub result: CommandResult,
}

/// One row to write.
#[derive(Debug)]
pub enum Write {
    /// A new room, with head zero and no members.
    InsertRoom(Room),
    /// Another name for the room.
    SetRoomName(RoomName),
    /// The room's new head; with messages, also the time it was last active.
    SetHead(Head, Option<Timestamp>),
    /// A new member, whose read cursor starts at `read_seq`. Counts in `member_count`.
    InsertMember {
        /// Who.
        user: UserId,
        /// As what.
        role: Role,
        /// What they need not read.
        read_seq: Seq,
        /// Since when.
        joined_at: Timestamp,
    },
    /// Another role for a member.
    SetRole(UserId, Role),
    /// One member less. Counts in `member_count`.
    DeleteMember(UserId),
    /// A new message.
    InsertMessage(Message),
    /// A member has read up to here, if not further.
    AdvanceReadCursor(UserId, Seq),
}

/// What the caller of a command learns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandResult {
    /// The room was created, or is the direct room that the two have already.
    Room {
        /// Which room.
        id: RoomId,
        /// Whether it is new.
        created: bool,
    },
    /// The message is in the room, now or since an earlier attempt.
    Posted {
        /// The message.
        message: Message,
        /// Whether it is new.
        created: bool,
    },
    /// The membership is as asked for, now or already.
    Membership {
        /// Whether anything changed.
        changed: bool,
    },
    /// It is done.
    Done,
}

/// What a store answers for a command that it committed.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What the caller learns.
    pub result: CommandResult,
    /// The changes of the room's log.
    pub changes: Vec<RoomChange>,
    /// The changes of users' own logs.
    pub user_changes: Vec<UserChange>,
}

impl Outcome {
    /// The hints that tell the nodes of this outcome.
    pub fn hints(&self) -> impl Iterator<Item = Hint> {
        let room = self.changes.iter().map(|change| Change::Room(change.clone()));
        let user = self.user_changes.iter().map(|change| Change::User(change.clone()));
        room.chain(user).map(|change| Hint::Changed(Arc::new(change)))
    }
}

/// Decides a command by the facts.
///
/// # Errors
/// A [`Refusal`]; then nothing must be written.
pub fn decide(command: &RoomCommand, facts: Facts, at: Timestamp) -> Result<Decision, Refusal> {
    let mut decision = match &command.action {
        RoomAction::Create(create) => create::decide(command.room, create, &facts, at),
        RoomAction::Post(post) => post::decide(post, facts, at),
        RoomAction::Rename(rename) => rename::decide(rename, facts, at),
        RoomAction::AddMember(add) => membership::add(&add.user, &facts, at),
        RoomAction::RemoveMember(remove) => membership::remove(&remove.user, &facts, at),
        RoomAction::SetRole(set) => membership::set_role(&set.user, set.role, &facts, at),
    }?;
    decision.work = command.follow_ups.after(&decision.changes);
    Ok(decision)
}

/// Collects what a command writes and numbers its changes.
struct Draft {
    room: RoomId,
    head: Head,
    at: Timestamp,
    decision: Decision,
}

impl Draft {
    fn new(room: &Room, at: Timestamp) -> Self {
        let decision = nothing(CommandResult::Done);
        Self { room: room.id, head: room.head, at, decision }
    }

    fn next_rev(&self) -> Rev {
        self.head.rev.next()
    }

    fn write(&mut self, write: Write) {
        self.decision.writes.push(write);
    }

    fn change(&mut self, event: RoomEvent) {
        self.head.rev = self.head.rev.next();
        self.decision.changes.push(RoomChange { room: self.room, rev: self.head.rev, at: self.at, event });
    }

    fn tell(&mut self, user: &UserId, event: UserEvent) {
        self.decision.user_events.push((user.clone(), event));
    }

    /// Makes `user` a member, and says so to the room and to them.
    fn join(&mut self, room: &Room, user: &User, role: Role, by: &User, peer: Option<&User>) {
        self.write(Write::InsertMember {
            user: user.id.clone(),
            role,
            read_seq: self.head.seq,
            joined_at: self.at,
        });
        self.change(RoomEvent::MemberJoined { user: user.clone(), role, by: by.clone() });
        let event = UserEvent::RoomJoined {
            room: room.id,
            room_rev: self.head.rev,
            kind: room.kind,
            name: room.name.clone(),
            peer: peer.cloned(),
        };
        self.tell(&user.id, event);
    }

    /// The decision, with the room's head moved to where its changes end.
    fn finish(mut self, result: CommandResult) -> Decision {
        if !self.decision.changes.is_empty() {
            let says_something = self
                .decision
                .changes
                .iter()
                .any(|change| matches!(change.event, RoomEvent::MessageCreated { .. }));
            self.decision.writes.push(Write::SetHead(self.head, says_something.then_some(self.at)));
        }
        self.decision.result = result;
        self.decision
    }
}

/// A decision that writes nothing: it was so already.
fn nothing(result: CommandResult) -> Decision {
    Decision { writes: vec![], changes: vec![], user_events: vec![], work: vec![], result }
}

/// A direct room's key, for the two.
fn direct_key(one: &User, other: &User) -> DirectKey {
    DirectKey::of(&one.id, &other.id)
}

#[cfg(test)]
mod tests;
