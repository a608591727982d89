//! Reads what a command's decision depends on, into the unit of work that will hold the change.
//!
//! The room comes first, by itself: it changes with everything of the room that counts here, so whatever is read after it
//! either belongs to it or the transaction fails.

use std::collections::BTreeSet;

use chinwag_chat::{
    Emoji, Facts, Member, Message, Needs, ReactionFacts, Role, Room, RoomCommand, RoomId, Seq, StoreError,
    Subject, Timestamp, User, UserId,
};

use crate::files;
use crate::item::Key;
use crate::keys;
use crate::moderation::BanRecord;
use crate::records::{AccountRecord, MemberRecord, MessageRecord, ReactionRecord, RoomRecord};
use crate::table::Range;
use crate::unit::Unit;

/// The facts for a command; nothing where there is no such actor.
pub(crate) async fn read(unit: &mut Unit<'_>, command: &RoomCommand) -> Result<Option<Facts>, StoreError> {
    let RoomCommand { room: id, actor, .. } = command;
    let id = *id;
    let needs = command.needs();
    let room = room(unit, id).await?;
    unit.fetch(first_keys(id, actor, &needs)).await?;
    let Some(account) = unit.read::<AccountRecord>(&keys::account(actor)).await? else { return Ok(None) };
    // Who is disabled meanwhile changes nothing any more.
    unit.pin(keys::account(actor));
    let is_there = room.is_some();
    let actor_member = member(unit, id, &account.user).await?;
    let is_owner = actor_member.as_ref().is_some_and(|member| member.role == Role::Owner);
    let bans = if needs.bans && is_there { bans(unit, id, &needs.subjects).await? } else { vec![] };
    let blocks = if needs.blocks { blocks(unit, actor, &needs.subjects).await? } else { vec![] };
    let mut duplicate = None;
    if let Some(client_id) = needs.client_id.as_ref().filter(|_| is_there) {
        duplicate = message_at(unit, id, &keys::sent(id, actor, client_id)).await?;
    }
    let mut sent = Vec::new();
    for (sender, client_id) in needs.sent.iter().filter(|_| is_there) {
        sent.extend(message_at(unit, id, &keys::sent(id, sender, client_id)).await?);
    }
    let mut messages = Vec::new();
    for seq in needs.messages.iter().filter(|_| is_there) {
        messages.extend(message(unit, id, *seq).await?);
    }
    let mut mentioned = Vec::new();
    if is_there && !needs.mentioned.is_empty() {
        mentioned = called(unit, id, actor, &needs).await?;
    }
    let mut known_files = Vec::new();
    for file in &needs.files {
        known_files.extend(files::ready(unit, *file).await?);
    }
    let reaction = match &needs.reaction {
        Some((seq, emoji)) if is_there => reaction(unit, id, *seq, emoji, actor).await?,
        _ => ReactionFacts::default(),
    };
    let pins = if needs.pins && is_there { pins(unit, id).await? } else { 0 };
    let mut direct = None;
    if let Some(key) = &needs.direct
        && let Some(known) = unit.read::<RoomId>(&keys::direct(key)).await?
    {
        direct = self::room(unit, known).await?;
    }
    // Only an owner leaves something to an heir.
    let heir = if needs.heir && is_owner { heir(unit, id, actor).await? } else { None };
    Ok(Some(Facts {
        room,
        actor_member,
        subjects: subjects(unit, id, &needs.subjects).await?,
        duplicate,
        sent,
        messages,
        mentioned,
        files: known_files,
        reaction,
        pins,
        direct,
        heir,
        is_disabled: account.is_disabled,
        is_admin: account.is_admin,
        bans,
        blocks,
        actor: account.user,
    }))
}

/// What can be read at once.
fn first_keys(room: RoomId, actor: &UserId, needs: &Needs) -> Vec<Key> {
    let mut wanted = vec![keys::account(actor), keys::member(room, actor)];
    for user in &needs.subjects {
        wanted.extend([keys::account(user), keys::member(room, user)]);
        if needs.bans {
            wanted.push(keys::ban(room, user));
        }
        if needs.blocks {
            wanted.extend([keys::block(actor, user), keys::block(user, actor)]);
        }
    }
    wanted.extend(needs.client_id.iter().map(|client_id| keys::sent(room, actor, client_id)));
    wanted.extend(needs.sent.iter().map(|(sender, client_id)| keys::sent(room, sender, client_id)));
    wanted.extend(needs.messages.iter().map(|seq| keys::message(room, *seq)));
    wanted.extend(needs.mentioned.iter().map(keys::name));
    wanted.extend(needs.files.iter().map(|file| keys::file(*file)));
    wanted.extend(needs.direct.iter().map(keys::direct));
    wanted
}

pub(crate) async fn room(unit: &mut Unit<'_>, id: RoomId) -> Result<Option<Room>, StoreError> {
    Ok(unit.read::<RoomRecord>(&keys::room(id)).await?.map(RoomRecord::room))
}

async fn user(unit: &mut Unit<'_>, id: &UserId) -> Result<Option<User>, StoreError> {
    Ok(unit.read::<AccountRecord>(&keys::account(id)).await?.map(|account| account.user))
}

async fn member(unit: &mut Unit<'_>, room: RoomId, user: &User) -> Result<Option<Member>, StoreError> {
    let record = unit.read::<MemberRecord>(&keys::member(room, &user.id)).await?;
    Ok(record.map(|record| record.of(user.clone())))
}

async fn message(unit: &mut Unit<'_>, room: RoomId, seq: Seq) -> Result<Option<Message>, StoreError> {
    Ok(unit.read::<MessageRecord>(&keys::message(room, seq)).await?.map(|record| record.message))
}

/// The message that an item leads to.
async fn message_at(unit: &mut Unit<'_>, room: RoomId, key: &Key) -> Result<Option<Message>, StoreError> {
    match unit.read::<Seq>(key).await? {
        Some(seq) => message(unit, room, seq).await,
        None => Ok(None),
    }
}

async fn subjects(unit: &mut Unit<'_>, room: RoomId, ids: &[UserId]) -> Result<Vec<Subject>, StoreError> {
    let mut subjects = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(user) = user(unit, id).await? {
            let member = member(unit, room, &user).await?;
            subjects.push(Subject { user, member });
        }
    }
    Ok(subjects)
}

async fn bans(
    unit: &mut Unit<'_>,
    room: RoomId,
    users: &[UserId],
) -> Result<Vec<(UserId, Option<Timestamp>)>, StoreError> {
    let mut bans = Vec::new();
    for user in users {
        let ban = unit.read::<BanRecord>(&keys::ban(room, user)).await?;
        bans.extend(ban.map(|ban| (user.clone(), ban.until)));
    }
    Ok(bans)
}

/// Who of these wants nothing from whom. Blocks are no change of a room: they are pinned themselves.
async fn blocks(
    unit: &mut Unit<'_>,
    actor: &UserId,
    others: &[UserId],
) -> Result<Vec<(UserId, UserId)>, StoreError> {
    let mut blocks = Vec::new();
    for other in others {
        for (who, whom) in [(actor, other), (other, actor)] {
            let key = keys::block(who, whom);
            if unit.has(&key).await? {
                blocks.push((who.clone(), whom.clone()));
            }
            unit.pin(key);
        }
    }
    Ok(blocks)
}

/// The members whom a text calls and who take something from the actor.
async fn called(
    unit: &mut Unit<'_>,
    room: RoomId,
    actor: &UserId,
    needs: &Needs,
) -> Result<Vec<User>, StoreError> {
    let mut ids = Vec::new();
    for name in &needs.mentioned {
        ids.extend(unit.read::<UserId>(&keys::name(name)).await?);
    }
    let wanted =
        ids.iter().flat_map(|id| [keys::account(id), keys::member(room, id), keys::block(id, actor)]);
    unit.fetch(wanted.collect::<Vec<_>>()).await?;
    let mut called = Vec::new();
    for id in &ids {
        let is_meant = unit.has(&keys::member(room, id)).await? && !unit.has(&keys::block(id, actor)).await?;
        if is_meant {
            called.extend(user(unit, id).await?);
        }
    }
    Ok(called)
}

async fn reaction(
    unit: &mut Unit<'_>,
    room: RoomId,
    seq: Seq,
    emoji: &Emoji,
    actor: &UserId,
) -> Result<ReactionFacts, StoreError> {
    let range = Range::beginning(keys::reactions_partition(room), &keys::reactions_of(seq));
    let reactions: Vec<(String, ReactionRecord)> = unit.range(&range).await?;
    let kinds: BTreeSet<&Emoji> = reactions.iter().map(|(_, reaction)| &reaction.emoji).collect();
    let of_kind = || reactions.iter().filter(|(_, reaction)| reaction.emoji == *emoji);
    Ok(ReactionFacts {
        is_own: of_kind().any(|(_, reaction)| reaction.user == *actor),
        count: of_kind().count() as u64,
        kinds: kinds.len() as u64,
    })
}

async fn pins(unit: &mut Unit<'_>, room: RoomId) -> Result<u64, StoreError> {
    let range = Range::beginning(keys::room_partition(room), keys::PINS);
    Ok(unit.range::<Seq>(&range).await?.len() as u64)
}

/// The longest-serving admin, else member. Of those who came in the same millisecond the one of the smaller id.
async fn heir(unit: &mut Unit<'_>, room: RoomId, leaver: &UserId) -> Result<Option<User>, StoreError> {
    let range = Range::beginning(keys::room_partition(room), keys::MEMBERS);
    let members: Vec<(String, MemberRecord)> = unit.range(&range).await?;
    let others = members.iter().filter_map(|(sk, member)| {
        let id = sk.strip_prefix(keys::MEMBERS).filter(|id| *id != leaver.as_str())?;
        Some((member.role != Role::Admin, member.joined_at, id))
    });
    let Some((.., id)) = others.min() else { return Ok(None) };
    let id = id.parse().map_err(|_| StoreError::Corrupt(format!("a member of {room} has no id")))?;
    user(unit, &id).await
}
