//! Reads what a command's decision depends on, inside the transaction that will hold the change.

use chinwag_chat::{DirectKey, Facts, Member, Message, Room, RoomCommand, RoomId, Subject, User, UserId};
use rusqlite::{Connection, params};

use crate::fault::Fault;
use crate::fields::Fields;
use crate::query::one;

/// The actor, the room and the actor's membership in one go: every command needs them.
const ACTOR_AND_ROOM: &str = "
    SELECT u.id, u.name, u.display_name, m.role, m.joined_at, m.read_seq,
           r.id, r.kind, r.name, r.direct_key, r.head_seq, r.head_rev, r.member_count, r.created_at, r.active_at
    FROM users u LEFT JOIN rooms r ON r.id = ?1 LEFT JOIN members m ON m.room = ?1 AND m.user = u.id
    WHERE u.id = ?2";

const SUBJECT: &str = "
    SELECT u.id, u.name, u.display_name, m.role, m.joined_at, m.read_seq
    FROM users u LEFT JOIN members m ON m.room = ?1 AND m.user = u.id
    WHERE u.id = ?2";

const DUPLICATE: &str = "
    SELECT m.seq, m.rev, m.id, m.client_id, m.created_at, m.text, u.id, u.name, u.display_name
    FROM messages m JOIN users u ON u.id = m.sender
    WHERE m.room = ?1 AND m.sender = ?2 AND m.client_id = ?3";

const DIRECT: &str = "
    SELECT id, kind, name, direct_key, head_seq, head_rev, member_count, created_at, active_at
    FROM rooms WHERE direct_key = ?1";

/// The longest-serving admin, else member. Of those who came in the same millisecond the one of the smaller id, so
/// that every store names the same.
const HEIR: &str = "
    SELECT u.id, u.name, u.display_name
    FROM members m JOIN users u ON u.id = m.user
    WHERE m.room = ?1 AND m.user <> ?2
    ORDER BY m.role = 'admin' DESC, m.joined_at, m.user LIMIT 1";

/// The facts for a command; nothing where there is no such actor.
pub(crate) fn read(transaction: &Connection, command: &RoomCommand) -> Result<Option<Facts>, Fault> {
    let RoomCommand { room, actor, .. } = command;
    let needs = command.needs();
    let Some((actor, actor_member, known_room)) = actor_and_room(transaction, *room, actor)? else {
        return Ok(None);
    };
    let mut subjects = Vec::with_capacity(needs.subjects.len());
    for id in &needs.subjects {
        subjects.extend(subject(transaction, *room, id)?);
    }
    let duplicate = match &needs.client_id {
        Some(client_id) => one(
            transaction,
            DUPLICATE,
            params![room.to_bytes(), actor.id.as_str(), client_id.as_str()],
            |mut fields| -> Result<Message, Fault> { fields.message(*room) },
        )?,
        None => None,
    };
    let direct =
        needs.direct.map(|key| one(transaction, DIRECT, params![key.as_str()], |mut f| room_row(&mut f)));
    let heir = needs.heir.then(|| {
        one(transaction, HEIR, params![room.to_bytes(), actor.id.as_str()], |mut fields| fields.user())
    });
    Ok(Some(Facts {
        room: known_room,
        actor_member,
        subjects,
        duplicate,
        direct: direct.transpose()?.flatten(),
        heir: heir.transpose()?.flatten(),
        actor,
    }))
}

type ActorAndRoom = (User, Option<Member>, Option<Room>);

fn actor_and_room(
    transaction: &Connection,
    room: RoomId,
    actor: &UserId,
) -> Result<Option<ActorAndRoom>, Fault> {
    one(transaction, ACTOR_AND_ROOM, params![room.to_bytes(), actor.as_str()], |mut fields| {
        let user = fields.user()?;
        let member = member_row(&mut fields, &user)?;
        let room = if fields.is_null()? { None } else { Some(room_row(&mut fields)?) };
        Ok((user, member, room))
    })
}

fn subject(transaction: &Connection, room: RoomId, id: &UserId) -> Result<Option<Subject>, Fault> {
    one(transaction, SUBJECT, params![room.to_bytes(), id.as_str()], |mut fields| {
        let user = fields.user()?;
        let member = member_row(&mut fields, &user)?;
        Ok(Subject { user, member })
    })
}

/// `role, joined_at, read_seq`, all null where there is no membership.
fn member_row(fields: &mut Fields<'_>, user: &User) -> Result<Option<Member>, Fault> {
    if fields.is_null()? {
        fields.skip(3);
        return Ok(None);
    }
    Ok(Some(Member {
        user: user.clone(),
        role: fields.parsed()?,
        joined_at: fields.time()?,
        read_seq: fields.seq()?,
    }))
}

fn room_row(fields: &mut Fields<'_>) -> Result<Room, Fault> {
    Ok(Room {
        id: fields.room_id()?,
        kind: fields.parsed()?,
        name: fields.optional_parsed()?,
        direct: fields.optional_text()?.map(|key| DirectKey::from_stored(key.to_owned())),
        head: fields.head()?,
        member_count: fields.number()?,
        created_at: fields.time()?,
        active_at: fields.time()?,
    })
}
