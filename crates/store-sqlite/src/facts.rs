//! Reads what a command's decision depends on, inside the transaction that will hold the change.

use chinwag_chat::{
    DirectKey, Emoji, Facts, FileId, Member, Message, ReactionFacts, Room, RoomCommand, RoomId, Seq,
    StoredFile, Subject, Timestamp, User, UserId, UserName,
};
use rusqlite::{Connection, params};

use crate::fault::Fault;
use crate::fields::{Fields, signed};
use crate::query::{all, one};
use crate::{files, view};

/// The actor, the room and the actor's membership in one go: every command needs them.
const ACTOR_AND_ROOM: &str = "
    SELECT u.id, u.name, u.display_name, u.avatar, u.bot, u.admin, u.disabled, m.role, m.joined_at,
           m.read_seq, m.delivered_seq, m.muted_until, m.posted_at, m.blocked,
           r.id, r.kind, r.name, r.direct_key, r.head_seq, r.head_rev, r.member_count, r.created_at, r.active_at,
           r.settings
    FROM users u LEFT JOIN rooms r ON r.id = ?1 LEFT JOIN members m ON m.room = ?1 AND m.user = u.id
    WHERE u.id = ?2";

const SUBJECT: &str = "
    SELECT u.id, u.name, u.display_name, u.avatar, u.bot, m.role, m.joined_at, m.read_seq, m.delivered_seq, m.muted_until, m.posted_at, m.blocked
    FROM users u LEFT JOIN members m ON m.room = ?1 AND m.user = u.id
    WHERE u.id = ?2";

const DUPLICATE: &str = "
    SELECT m.seq, m.rev, m.id, m.client_id, m.created_at, m.text, m.details, u.id, u.name, u.display_name, u.avatar, u.bot
    FROM messages m JOIN users u ON u.id = m.sender
    WHERE m.room = ?1 AND m.sender = ?2 AND m.client_id = ?3";

/// The members of room `?1` with the names of the JSON array `?2` who take something from user `?3`.
pub(crate) const MENTIONED: &str = "
    SELECT u.id, u.name, u.display_name, u.avatar, u.bot
    FROM json_each(?2) q CROSS JOIN users u ON u.name = q.value
    CROSS JOIN members m ON m.room = ?1 AND m.user = u.id
    WHERE NOT EXISTS (SELECT 1 FROM blocks b WHERE b.user = u.id AND b.blocked = ?3)";

const REACTION: &str = "
    SELECT EXISTS (SELECT 1 FROM reactions WHERE room = ?1 AND seq = ?2 AND emoji = ?3 AND user = ?4),
           (SELECT count(*) FROM reactions WHERE room = ?1 AND seq = ?2 AND emoji = ?3),
           (SELECT count(DISTINCT emoji) FROM reactions WHERE room = ?1 AND seq = ?2)";

const PINS: &str = "SELECT count(*) FROM messages WHERE room = ?1 AND pinned_at IS NOT NULL";

const DIRECT: &str = "
    SELECT id, kind, name, direct_key, head_seq, head_rev, member_count, created_at, active_at, settings
    FROM rooms WHERE direct_key = ?1";

/// The longest-serving admin, else member. Of those who came in the same millisecond the one of the smaller id, so
/// that every store names the same.
const HEIR: &str = "
    SELECT u.id, u.name, u.display_name, u.avatar, u.bot
    FROM members m JOIN users u ON u.id = m.user
    WHERE m.room = ?1 AND m.user <> ?2
    ORDER BY m.role = 'admin' DESC, m.joined_at, m.user LIMIT 1";

/// The facts for a command; nothing where there is no such actor.
pub(crate) fn read(transaction: &Connection, command: &RoomCommand) -> Result<Option<Facts>, Fault> {
    let RoomCommand { room, actor, .. } = command;
    let needs = command.needs();
    let Some(((actor, is_admin, is_disabled), actor_member, known_room)) =
        actor_and_room(transaction, *room, actor)?
    else {
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
    let mut sent = Vec::with_capacity(needs.sent.len());
    for (sender, client_id) in &needs.sent {
        let params = params![room.to_bytes(), sender.as_str(), client_id.as_str()];
        sent.extend(one(transaction, DUPLICATE, params, |mut fields| fields.message(*room))?);
    }
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
        sent,
        messages: messages(transaction, *room, &needs.messages)?,
        mentioned: mentioned(transaction, *room, &actor.id, &needs.mentioned)?,
        files: files(transaction, &needs.files)?,
        reaction: reaction(transaction, *room, &actor.id, needs.reaction.as_ref())?,
        pins: if needs.pins { pins(transaction, *room)? } else { 0 },
        direct: direct.transpose()?.flatten(),
        heir: heir.transpose()?.flatten(),
        is_admin,
        is_disabled,
        bans: if needs.bans { bans(transaction, *room, &needs.subjects)? } else { vec![] },
        blocks: if needs.blocks { blocks(transaction, &actor.id, &needs.subjects)? } else { vec![] },
        actor,
    }))
}

fn messages(transaction: &Connection, room: RoomId, seqs: &[Seq]) -> Result<Vec<Message>, Fault> {
    let found = seqs.iter().filter_map(|seq| view::message(transaction, room, *seq).transpose());
    found.collect()
}

fn files(transaction: &Connection, ids: &[FileId]) -> Result<Vec<StoredFile>, Fault> {
    ids.iter().filter_map(|id| files::file(transaction, *id).transpose()).collect()
}

fn mentioned(
    transaction: &Connection,
    room: RoomId,
    actor: &UserId,
    names: &[UserName],
) -> Result<Vec<User>, Fault> {
    if names.is_empty() {
        return Ok(vec![]);
    }
    let names = serde_json::Value::from_iter(names.iter().map(UserName::as_str)).to_string();
    all(transaction, MENTIONED, params![room.to_bytes(), names, actor.as_str()], |mut fields| fields.user())
}

fn reaction(
    transaction: &Connection,
    room: RoomId,
    actor: &UserId,
    asked: Option<&(Seq, Emoji)>,
) -> Result<ReactionFacts, Fault> {
    let Some((seq, emoji)) = asked else { return Ok(ReactionFacts::default()) };
    let params = params![room.to_bytes(), signed(seq.0), emoji.as_str(), actor.as_str()];
    let known = one(transaction, REACTION, params, |mut fields| {
        Ok(ReactionFacts { is_own: fields.number()? == 1, count: fields.number()?, kinds: fields.number()? })
    })?;
    Ok(known.unwrap_or_default())
}

/// Until when these are kept out.
fn bans(
    transaction: &Connection,
    room: RoomId,
    users: &[UserId],
) -> Result<Vec<(UserId, Option<Timestamp>)>, Fault> {
    let sql = "SELECT until FROM bans WHERE room = ?1 AND user = ?2";
    let mut bans = Vec::new();
    for user in users {
        let until =
            one(transaction, sql, params![room.to_bytes(), user.as_str()], |mut f| f.optional_time())?;
        bans.extend(until.map(|until| (user.clone(), until)));
    }
    Ok(bans)
}

/// Who of these wants nothing from whom.
fn blocks(
    transaction: &Connection,
    actor: &UserId,
    others: &[UserId],
) -> Result<Vec<(UserId, UserId)>, Fault> {
    let sql =
        "SELECT user, blocked FROM blocks WHERE (user = ?1 AND blocked = ?2) OR (user = ?2 AND blocked = ?1)";
    let mut found = Vec::new();
    for other in others {
        let params = params![actor.as_str(), other.as_str()];
        found.extend(all(transaction, sql, params, |mut fields| Ok((fields.parsed()?, fields.parsed()?)))?);
    }
    Ok(found)
}

fn pins(transaction: &Connection, room: RoomId) -> Result<u64, Fault> {
    Ok(one(transaction, PINS, params![room.to_bytes()], |mut fields| fields.number())?.unwrap_or(0))
}

/// The actor, whether they look after the server and whether they may not come in; their membership; the room.
type ActorAndRoom = ((User, bool, bool), Option<Member>, Option<Room>);

fn actor_and_room(
    transaction: &Connection,
    room: RoomId,
    actor: &UserId,
) -> Result<Option<ActorAndRoom>, Fault> {
    one(transaction, ACTOR_AND_ROOM, params![room.to_bytes(), actor.as_str()], |mut fields| {
        let (user, is_admin, is_disabled) = (fields.user()?, fields.flag()?, fields.flag()?);
        let member = member_row(&mut fields, &user)?;
        let room = if fields.is_null()? { None } else { Some(room_row(&mut fields)?) };
        Ok(((user, is_admin, is_disabled), member, room))
    })
}

fn subject(transaction: &Connection, room: RoomId, id: &UserId) -> Result<Option<Subject>, Fault> {
    one(transaction, SUBJECT, params![room.to_bytes(), id.as_str()], |mut fields| {
        let user = fields.user()?;
        let member = member_row(&mut fields, &user)?;
        Ok(Subject { user, member })
    })
}

/// `role, joined_at, read_seq, delivered_seq, muted_until, posted_at, blocked`, all null where there is no membership.
fn member_row(fields: &mut Fields<'_>, user: &User) -> Result<Option<Member>, Fault> {
    if fields.is_null()? {
        fields.skip(7);
        return Ok(None);
    }
    Ok(Some(Member {
        user: user.clone(),
        role: fields.parsed()?,
        joined_at: fields.time()?,
        read_seq: fields.seq()?,
        delivered_seq: fields.seq()?,
        muted_until: fields.optional_time()?,
        posted_at: fields.optional_time()?,
        is_blocked: fields.flag()?,
    }))
}

pub(crate) fn room_row(fields: &mut Fields<'_>) -> Result<Room, Fault> {
    Ok(Room {
        id: fields.room_id()?,
        kind: fields.parsed()?,
        name: fields.optional_parsed()?,
        direct: fields.optional_text()?.map(|key| DirectKey::from_stored(key.to_owned())),
        head: fields.head()?,
        member_count: fields.number()?,
        created_at: fields.time()?,
        active_at: fields.time()?,
        settings: fields.settings()?,
    })
}
