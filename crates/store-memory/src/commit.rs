//! Decides a command and writes what was decided, all of it or nothing.

use chinwag_chat::rules::{self, Decision, Outcome, Write};
use chinwag_chat::store::CommitError;
use chinwag_chat::{
    Message, Refusal, Rev, Room, RoomCommand, RoomId, RoomKind, StoreError, Timestamp, UserChange, UserEvent,
    UserId,
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
            write => apply(tables, command.room, write),
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

fn apply(tables: &mut Tables, room: RoomId, write: Write) {
    let Some(table) = tables.rooms.get_mut(&room) else { return };
    match write {
        Write::InsertRoom(_) => {}
        Write::SetRoomName(name) => table.room.name = Some(name),
        Write::SetHead(head, active_at) => {
            table.room.head = head;
            table.room.active_at = active_at.unwrap_or(table.room.active_at);
        }
        Write::InsertMember { user, role, read_seq, joined_at } => {
            table.members.insert(user.clone(), Membership { role, joined_at, read_seq });
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
            }
        }
    }
}

/// The message itself is in the log; here is how it is found.
fn insert_message(table: &mut RoomTable, message: &Message) {
    table.messages.push(message.rev);
    table.by_client_id.insert((message.sender.id.clone(), message.client_id.clone()), message.seq);
}

/// Appends to a user's own log, after its head.
fn tell(tables: &mut Tables, user: &UserId, event: UserEvent, at: Timestamp) -> Option<UserChange> {
    let log = &mut tables.users.get_mut(user)?.log;
    let change = UserChange { user: user.clone(), rev: Rev(log.len() as u64 + 1), at, event };
    log.push(change.clone());
    Some(change)
}
