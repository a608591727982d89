//! Decides a command and writes what was decided, inside the writer's transaction.

use chinwag_chat::rules::{self, Decision, Outcome, Write};
use chinwag_chat::{
    Message, Refusal, Room, RoomChange, RoomCommand, RoomEvent, RoomId, Seq, Timestamp, UserChange,
    UserEvent, UserId,
};
use rusqlite::{Connection, Params, params};

use crate::facts;
use crate::fault::Fault;
use crate::fields::signed;
use crate::outbox::owe;
use crate::query::one;
use chinwag_chat::search::fold;

/// Decides a command by the domain's rules and writes what they say. A refusal writes nothing.
pub(crate) fn commit(
    transaction: &Connection,
    command: &RoomCommand,
    at: Timestamp,
) -> Result<Result<Outcome, Refusal>, Fault> {
    let Some(facts) = facts::read(transaction, command)? else {
        return Ok(Err(Refusal::UnknownUser));
    };
    let mut seq = facts.room.as_ref().map_or(Seq::ZERO, |room| room.head.seq);
    let decision = match rules::decide(command, facts, at) {
        Ok(decision) => decision,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Decision { writes, changes, user_events, work, result } = decision;
    for write in writes {
        apply(transaction, command.room, write)?;
    }
    for change in &changes {
        append(transaction, change, &mut seq)?;
    }
    let mut user_changes = Vec::with_capacity(user_events.len());
    for (user, event) in user_events {
        user_changes.push(tell(transaction, user, event, at)?);
    }
    owe(transaction, &work, at)?;
    Ok(Ok(Outcome { result, changes, user_changes }))
}

fn apply(transaction: &Connection, room: RoomId, write: Write) -> Result<(), Fault> {
    let room_id = room.to_bytes();
    match write {
        Write::InsertRoom(room) => insert_room(transaction, &room),
        Write::SetRoomName(name) => execute(
            transaction,
            "UPDATE rooms SET name = ?2, name_folded = ?3 WHERE id = ?1",
            params![room_id, name.as_str(), fold(name.as_str())],
        ),
        Write::SetHead(head, active_at) => execute(
            transaction,
            "UPDATE rooms SET head_seq = ?2, head_rev = ?3, active_at = coalesce(?4, active_at) WHERE id = ?1",
            params![room_id, signed(head.seq.0), signed(head.rev.0), active_at.map(Timestamp::unix_ms)],
        ),
        Write::InsertMember { user, role, read_seq, joined_at } => {
            execute(
                transaction,
                "INSERT INTO members (room, user, role, joined_at, read_seq) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![room_id, user.as_str(), role.as_str(), joined_at.unix_ms(), signed(read_seq.0)],
            )?;
            count_members(transaction, room, 1)
        }
        Write::SetRole(user, role) => execute(
            transaction,
            "UPDATE members SET role = ?3 WHERE room = ?1 AND user = ?2",
            params![room_id, user.as_str(), role.as_str()],
        ),
        Write::DeleteMember(user) => {
            execute(
                transaction,
                "DELETE FROM members WHERE room = ?1 AND user = ?2",
                params![room_id, user.as_str()],
            )?;
            count_members(transaction, room, -1)
        }
        Write::InsertMessage(message) => insert_message(transaction, &message),
        Write::AdvanceReadCursor(user, seq) => advance_cursor(transaction, room, &user, seq),
    }
}

fn insert_room(transaction: &Connection, room: &Room) -> Result<(), Fault> {
    execute(
        transaction,
        "INSERT INTO rooms (id, kind, name, name_folded, direct_key, created_at, active_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            room.id.to_bytes(),
            room.kind.as_str(),
            room.name.as_ref().map(chinwag_chat::RoomName::as_str),
            room.name.as_ref().map(|name| fold(name.as_str())),
            room.direct.as_ref().map(chinwag_chat::DirectKey::as_str),
            room.created_at.unix_ms(),
            room.active_at.unix_ms(),
        ],
    )
}

fn insert_message(transaction: &Connection, message: &Message) -> Result<(), Fault> {
    execute(
        transaction,
        "INSERT INTO messages (room, seq, rev, id, sender, client_id, created_at, text)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            message.room.to_bytes(),
            signed(message.seq.0),
            signed(message.rev.0),
            message.id.to_bytes(),
            message.sender.id.as_str(),
            message.client_id.as_str(),
            message.created_at.unix_ms(),
            message.text.as_str(),
        ],
    )
}

/// Moves a member's cursor forward, if `seq` is further on than it is.
pub(crate) fn advance_cursor(
    transaction: &Connection,
    room: RoomId,
    user: &UserId,
    seq: Seq,
) -> Result<(), Fault> {
    execute(
        transaction,
        "UPDATE members SET read_seq = ?3 WHERE room = ?1 AND user = ?2 AND read_seq < ?3",
        params![room.to_bytes(), user.as_str(), signed(seq.0)],
    )
}

fn count_members(transaction: &Connection, room: RoomId, more: i64) -> Result<(), Fault> {
    execute(
        transaction,
        "UPDATE rooms SET member_count = member_count + ?2 WHERE id = ?1",
        params![room.to_bytes(), more],
    )
}

/// Appends to the room's log. The row of a message is its change already; see the schema.
fn append(transaction: &Connection, change: &RoomChange, seq: &mut Seq) -> Result<(), Fault> {
    if let RoomEvent::MessageCreated { message } = &change.event {
        *seq = message.seq;
        return Ok(());
    }
    execute(
        transaction,
        "INSERT INTO changes (room, rev, seq, at, event) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            change.room.to_bytes(),
            signed(change.rev.0),
            signed(seq.0),
            change.at.unix_ms(),
            json(&change.event)?
        ],
    )
}

/// Appends to a user's own log, after its head.
fn tell(
    transaction: &Connection,
    user: UserId,
    event: UserEvent,
    at: Timestamp,
) -> Result<UserChange, Fault> {
    let rev = one(
        transaction,
        "UPDATE users SET head_rev = head_rev + 1 WHERE id = ?1 RETURNING head_rev",
        params![user.as_str()],
        |mut fields| fields.rev(),
    )?
    .ok_or_else(|| Fault::damaged(format!("a member of a room, {user}, is no user")))?;
    execute(
        transaction,
        "INSERT INTO user_changes (user, rev, at, event) VALUES (?1, ?2, ?3, ?4)",
        params![user.as_str(), signed(rev.0), at.unix_ms(), json(&event)?],
    )?;
    Ok(UserChange { user, rev, at, event })
}

fn json(event: &impl serde::Serialize) -> Result<String, Fault> {
    serde_json::to_string(event).map_err(Fault::damaged)
}

fn execute(transaction: &Connection, sql: &str, params: impl Params) -> Result<(), Fault> {
    transaction.prepare_cached(sql)?.execute(params)?;
    Ok(())
}
