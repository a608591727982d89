//! Who may do what, and what it changes: pure functions from facts to a decision.
//!
//! Every store calls [`decide`] inside the transaction that will hold the change, so there is one set of rules whatever
//! the store, and no moment between check and change.

mod create;
mod delete;
mod edit;
mod forget;
mod import;
mod keys;
mod membership;
mod mentions;
mod order;
mod permission;
mod pin;
mod post;
mod react;
mod update;

use std::sync::Arc;

pub use keys::{may_keep_hooks, may_keep_keys};

use serde_json::Value;

use crate::outbox::NewWork;
use crate::{
    AuditNote, Change, Channel, DirectKey, Edit, Emoji, Facts, FileId, Head, Hint, Message, NewBan, Refusal,
    Rev, Role, Room, RoomAction, RoomChange, RoomCommand, RoomEvent, RoomId, RoomName, RoomSettings, Seq,
    Timestamp, User, UserChange, UserEvent, UserId,
};

/// How many changes of a room are told one by one.
const MAX_HINTS: usize = 100;

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
    /// Other settings for the room.
    SetRoomSettings(RoomSettings),
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
    /// Somebody is kept out, instead of any earlier ban of theirs.
    PutBan(NewBan),
    /// Somebody is kept out no more.
    DeleteBan(UserId),
    /// Until when a member may say nothing.
    SetMute(UserId, Option<Timestamp>),
    /// When a member wrote, in a room that makes its members wait.
    NotePost(UserId, Timestamp),
    /// The other one of a direct room wants nothing from this member.
    SetBlocked(UserId),
    /// What was done, for those who look after the server.
    Note(AuditNote),
    /// A new message.
    InsertMessage(Message),
    /// A member has read up to here, if not further.
    AdvanceReadCursor(UserId, Seq),
    /// A message's text and details, and whom it mentions, are others now.
    ReviseMessage(Message),
    /// What a message said until now, to be kept for those who may know.
    KeepEdit(Seq, Edit),
    /// These files belong to a message: something shows them.
    AttachFiles(Seq, Vec<FileId>),
    /// What belonged to a message is gone: what it said before, what others put under it, and its files, which are due.
    ForgetMessage(Seq),
    /// The user put an emoji under a message, by the change of that number.
    InsertReaction(Seq, Emoji, UserId, Rev),
    /// The user took it away again.
    DeleteReaction(Seq, Emoji, UserId),
    /// The user takes part in a thread, and has read it up to `read_seq`, if not further.
    FollowThread {
        /// The message that the thread began with.
        root: Seq,
        /// Who.
        user: UserId,
        /// What they need not read.
        read_seq: Seq,
    },
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
    /// The message is as asked for, now or already.
    Message(Message),
    /// The membership is as asked for, now or already.
    Membership {
        /// Whether anything changed.
        changed: bool,
    },
    /// The messages are in the room under these numbers, each with whether it is new; nothing for those that nobody wrote.
    Imported(Vec<Option<(Seq, bool)>>),
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
    /// The hints that tell the nodes of this outcome. Where a room changed so much at once that nobody reads it as news, they
    /// only say where it is now.
    pub fn hints(&self) -> impl Iterator<Item = Hint> {
        let is_too_much = self.changes.len() > MAX_HINTS;
        let told = if is_too_much { &[][..] } else { &self.changes };
        let moved = self.changes.last().filter(|_| is_too_much).map(|last| {
            let seqs = self.changes.iter().filter_map(|change| Some(change.event.message()?.seq));
            let head = Head { seq: seqs.max().unwrap_or_default(), rev: last.rev };
            Hint::Moved(Channel::Room(last.room), head)
        });
        let room = told.iter().map(|change| Change::Room(change.clone()));
        let user = self.user_changes.iter().map(|change| Change::User(change.clone()));
        moved.into_iter().chain(room.chain(user).map(|change| Hint::Changed(Arc::new(change))))
    }
}

/// Decides a command by the facts.
///
/// # Errors
/// A [`Refusal`]; then nothing must be written.
pub fn decide(command: &RoomCommand, facts: Facts, at: Timestamp) -> Result<Decision, Refusal> {
    let member_count = facts.room.as_ref().map_or(0, |room| room.member_count);
    // What is left of people who were erased goes in their name, and what an operator brings comes in anybody's.
    let is_the_servers = matches!(command.action, RoomAction::Forget(_) | RoomAction::Import(_));
    if facts.is_disabled && !is_the_servers {
        return Err(Refusal::AccountDisabled);
    }
    let mut decision = match &command.action {
        RoomAction::Create(create) => create::decide(command.room, create, &facts, at),
        RoomAction::Post(post) => post::decide(post, facts, at),
        RoomAction::Edit(edit) => edit::decide(edit, facts, at),
        RoomAction::Delete(delete) => delete::decide(*delete, facts, at),
        RoomAction::Ban(ban) => order::ban(ban, &facts, at),
        RoomAction::Unban(unban) => order::unban(&unban.user, &facts, at),
        RoomAction::Mute(mute) => order::mute(mute, &facts, at),
        RoomAction::Pin(pin) => pin::decide(*pin, facts, at),
        RoomAction::React(react) => react::decide(react, facts, at),
        RoomAction::Update(update) => update::decide(update, &facts, at),
        RoomAction::AddMember(add) => membership::add(&add.user, &facts, at),
        RoomAction::RemoveMember(remove) => membership::remove(&remove.user, &facts, at),
        RoomAction::Forget(forget) => forget::decide(forget, &facts, at),
        RoomAction::Import(batch) => import::decide(command.room, batch, &facts, at),
        RoomAction::SetRole(set) => membership::set_role(&set.user, set.role, &facts, at),
    }?;
    decision.work = command.follow_ups.after(&decision.changes, member_count);
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

    /// Notes what was done, to whom, for those who look after the server.
    fn note(&mut self, action: &'static str, by: &User, user: Option<&UserId>, details: Option<Value>) {
        let (by, room) = (Some(by.id.clone()), Some(self.room));
        self.write(Write::Note(AuditNote { action, by, room, user: user.cloned(), details }));
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
