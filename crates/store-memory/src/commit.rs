//! Decides a command and writes what was decided, all of it or nothing.

use chinwag_chat::rules::{self, Decision, Outcome, Write};
use chinwag_chat::store::CommitError;
use chinwag_chat::{
    Edit, Message, Refusal, Rev, Room, RoomCommand, RoomId, RoomKind, StoreError, Timestamp, UserChange,
    UserEvent, UserId,
};

use crate::facts;
use crate::tables::{Membership, RoomTable, Tables};

/// Decides a command by the domain's rules and writes what they say. A refusal writes nothing.
pub(crate) fn commit(
    tables: &mut Tables,
    command: &RoomCommand,
    at: Timestamp,
) -> Result<Outcome, CommitError> {
    let facts = facts::read(tables, command).ok_or(Refusal::UnknownUser)?;
    let is_new = facts.room.is_none();
    let Decision { writes, changes, user_events, work, result } = rules::decide(command, facts, at)?;
    for write in writes {
        match write {
            // Two rooms of one id would be one log with two beginnings.
            Write::InsertRoom(_) if !is_new => {
                return Err(StoreError::Corrupt(format!("room {} exists already", command.room)).into());
            }
            Write::InsertRoom(room) => insert_room(tables, room),
            write => apply(tables, command.room, write, at),
        }
    }
    if let Some(table) = tables.rooms.get_mut(&command.room) {
        table.log.extend(changes.iter().cloned());
    }
    let told = user_events.into_iter().filter_map(|(user, event)| tell(tables, &user, event, at));
    let user_changes = told.collect();
    tables.outbox.owe(work, at);
    Ok(Outcome { result, changes, user_changes })
}

fn insert_room(tables: &mut Tables, room: Room) {
    if room.kind == RoomKind::Public {
        tables.public_rooms.insert(room.id);
    }
    if let Some(key) = &room.direct {
        tables.direct_rooms.insert(key.clone(), room.id);
    }
    tables.rooms.insert(room.id, RoomTable::new(room));
}

fn apply(tables: &mut Tables, room: RoomId, write: Write, at: Timestamp) {
    match &write {
        Write::AttachFiles(seq, ids) => {
            for id in ids {
                if let Some(file) = tables.files.get_mut(id) {
                    file.show(Some((room, *seq)));
                }
            }
        }
        Write::ForgetMessage(seq) => tables.detach(room, *seq),
        _ => {}
    }
    let Some(table) = tables.rooms.get_mut(&room) else { return };
    match write {
        Write::InsertRoom(_) | Write::AttachFiles(..) => {}
        Write::SetRoomName(name) => table.room.name = Some(name),
        Write::SetRoomSettings(settings) => table.room.settings = settings,
        Write::SetHead(head, active_at) => {
            table.room.head = head;
            table.room.active_at = active_at.unwrap_or(table.room.active_at);
        }
        Write::InsertMember { user, role, read_seq, joined_at } => {
            table.members.insert(user.clone(), Membership::new(role, joined_at, read_seq));
            table.room.member_count += 1;
            if let Some(account) = tables.users.get_mut(&user) {
                account.rooms.insert(room);
            }
        }
        Write::SetRole(user, role) => {
            if let Some(member) = table.members.get_mut(&user) {
                member.role = role;
            }
        }
        Write::PutBan(ban) => {
            table.bans.insert(ban.user.clone(), ban);
        }
        Write::DeleteBan(user) => {
            table.bans.remove(&user);
        }
        Write::SetMute(user, until) => {
            if let Some(member) = table.members.get_mut(&user) {
                member.muted_until = until;
            }
        }
        Write::NotePost(user, at) => {
            if let Some(member) = table.members.get_mut(&user) {
                member.posted_at = Some(at);
            }
        }
        Write::SetBlocked(user) => {
            if let Some(member) = table.members.get_mut(&user) {
                member.is_blocked = true;
            }
        }
        Write::Note(note) => tables.audit.push((at, note)),
        Write::DeleteMember(user) => {
            table.members.remove(&user);
            table.room.member_count -= 1;
            if let Some(account) = tables.users.get_mut(&user) {
                account.rooms.remove(&room);
            }
        }
        Write::InsertMessage(message) => insert_message(table, &message),
        Write::AdvanceReadCursor(user, seq) => {
            if let Some(member) = table.members.get_mut(&user) {
                member.read_seq = member.read_seq.max(seq);
                member.delivered_seq = member.delivered_seq.max(seq);
            }
        }
        Write::ReviseMessage(message) => {
            if let Some(kept) = table.message_mut(message.seq) {
                *kept = message;
            }
        }
        Write::KeepEdit(seq, edit) => {
            let edits = table.edits.entry(seq).or_default();
            edits.push(edit);
            edits.drain(..edits.len().saturating_sub(Edit::MAX_KEPT));
        }
        Write::ForgetMessage(seq) => {
            table.edits.remove(&seq);
            table.reactions.remove(&seq);
        }
        Write::InsertReaction(seq, emoji, user, _) => {
            table.reactions.entry(seq).or_default().push((emoji, user));
        }
        Write::DeleteReaction(seq, emoji, user) => {
            let reactions = table.reactions.entry(seq).or_default();
            reactions.retain(|reaction| *reaction != (emoji.clone(), user.clone()));
        }
        Write::FollowThread { root, user, read_seq } => {
            let cursor = table.thread_cursors.entry((user, root)).or_default();
            *cursor = read_seq.max(*cursor);
        }
    }
}

/// The message itself is in the log; here is how it is found.
fn insert_message(table: &mut RoomTable, message: &Message) {
    table.messages.push(message.rev);
    if let Some(root) = message.details.thread {
        table.threads.entry(root).or_default().push(message.seq);
    }
    table.by_client_id.insert((message.sender.id.clone(), message.client_id.clone()), message.seq);
}

/// Appends to a user's own log, after its head.
fn tell(tables: &mut Tables, user: &UserId, event: UserEvent, at: Timestamp) -> Option<UserChange> {
    let log = &mut tables.users.get_mut(user)?.log;
    let change = UserChange { user: user.clone(), rev: Rev(log.len() as u64 + 1), at, event };
    log.push(change.clone());
    Some(change)
}
