//! Decides a command and writes what was decided, inside the writer's transaction.

use chinwag_chat::rules::{self, Decision, Outcome, Write};
use chinwag_chat::{
    CursorKind, Refusal, Room, RoomChange, RoomCommand, RoomEvent, RoomId, Seq, StoredEvent, Timestamp,
    UserChange, UserEvent, UserId,
};
use rusqlite::{Connection, Params, params};

mod messages;
mod order;

use crate::administration::note_down;
use crate::facts;
use crate::fault::Fault;
use crate::fields::signed;
use crate::files;
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
        apply(transaction, command.room, write, at)?;
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

/// Writes one row.
fn apply(transaction: &Connection, room: RoomId, write: Write, at: Timestamp) -> Result<(), Fault> {
    let room_id = room.to_bytes();
    match write {
        Write::InsertRoom(room) => insert_room(transaction, &room),
        Write::SetRoomName(name) => execute(
            transaction,
            "UPDATE rooms SET name = ?2, name_folded = ?3 WHERE id = ?1",
            params![room_id, name.as_str(), fold(name.as_str())],
        ),
        Write::SetRoomSettings(settings) => execute(
            transaction,
            "UPDATE rooms SET settings = ?2 WHERE id = ?1",
            params![room_id, settings.to_stored().map_err(Fault::damaged)?],
        ),
        Write::SetHead(head, active_at) => execute(
            transaction,
            "UPDATE rooms SET head_seq = ?2, head_rev = ?3, active_at = coalesce(?4, active_at) WHERE id = ?1",
            params![room_id, signed(head.seq.0), signed(head.rev.0), active_at.map(Timestamp::unix_ms)],
        ),
        Write::InsertMember { user, role, read_seq, joined_at } => {
            execute(
                transaction,
                "INSERT INTO members (room, user, role, joined_at, read_seq, delivered_seq)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
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
        Write::PutBan(ban) => order::put_ban(transaction, room, &ban),
        Write::DeleteBan(user) => order::delete_ban(transaction, room, &user),
        Write::SetMute(user, until) => order::set_mute(transaction, room, &user, until),
        Write::NotePost(user, at) => order::note_post(transaction, room, &user, at),
        Write::SetBlocked(user) => order::set_blocked(transaction, room, &user),
        Write::Note(note) => note_down(transaction, &note, at),
        Write::InsertMessage(message) => messages::insert(transaction, &message),
        Write::AdvanceReadCursor(user, seq) => {
            advance_cursor(transaction, room, &user, CursorKind::Read, seq)
        }
        Write::ReviseMessage(message) => messages::revise(transaction, &message),
        Write::KeepEdit(seq, edit) => messages::keep_edit(transaction, room, seq, &edit),
        Write::AttachFiles(seq, ids) => files::attach(transaction, room, seq, &ids),
        Write::ForgetMessage(seq) => {
            files::detach(transaction, room, seq)?;
            messages::forget(transaction, room, seq)
        }
        Write::InsertReaction(seq, emoji, user, rev) => execute(
            transaction,
            "INSERT INTO reactions (room, seq, emoji, user, rev) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![room_id, signed(seq.0), emoji.as_str(), user.as_str(), signed(rev.0)],
        ),
        Write::DeleteReaction(seq, emoji, user) => execute(
            transaction,
            "DELETE FROM reactions WHERE room = ?1 AND seq = ?2 AND emoji = ?3 AND user = ?4",
            params![room_id, signed(seq.0), emoji.as_str(), user.as_str()],
        ),
        Write::FollowThread { root, user, read_seq } => {
            advance_thread_cursor(transaction, room, root, &user, read_seq)
        }
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

/// Moves one of a member's cursors forward, if `seq` is further on than it is. What was read was delivered too.
pub(crate) fn advance_cursor(
    transaction: &Connection,
    room: RoomId,
    user: &UserId,
    kind: CursorKind,
    seq: Seq,
) -> Result<(), Fault> {
    let sql = match kind {
        CursorKind::Read => {
            "UPDATE members SET read_seq = ?3, delivered_seq = max(delivered_seq, ?3)
             WHERE room = ?1 AND user = ?2 AND read_seq < ?3"
        }
        CursorKind::Delivered => {
            "UPDATE members SET delivered_seq = ?3 WHERE room = ?1 AND user = ?2 AND delivered_seq < ?3"
        }
    };
    execute(transaction, sql, params![room.to_bytes(), user.as_str(), signed(seq.0)])
}

/// Moves a user's position in a thread forward, or has them take part in it from there.
pub(crate) fn advance_thread_cursor(
    transaction: &Connection,
    room: RoomId,
    root: Seq,
    user: &UserId,
    seq: Seq,
) -> Result<(), Fault> {
    execute(
        transaction,
        "INSERT INTO thread_cursors (user, room, root, read_seq) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (user, room, root) DO UPDATE SET read_seq = max(read_seq, excluded.read_seq)",
        params![user.as_str(), room.to_bytes(), signed(root.0), signed(seq.0)],
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
    let StoredEvent { json, message } = StoredEvent::of(&change.event).map_err(Fault::damaged)?;
    execute(
        transaction,
        "INSERT INTO changes (room, rev, seq, at, event, message) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            change.room.to_bytes(),
            signed(change.rev.0),
            signed(seq.0),
            change.at.unix_ms(),
            json,
            message.map(|seq| signed(seq.0)),
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

fn json(value: &impl serde::Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(Fault::damaged)
}

fn execute(transaction: &Connection, sql: &str, params: impl Params) -> Result<(), Fault> {
    transaction.prepare_cached(sql)?.execute(params)?;
    Ok(())
}
