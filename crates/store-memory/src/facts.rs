//! Reads what a command's decision depends on, under the lock that the change is written under.

use std::collections::BTreeSet;

use chinwag_chat::{
    Emoji, Facts, Needs, ReactionFacts, Role, Room, RoomCommand, RoomId, Seq, Subject, User, UserId,
};

use crate::tables::{RoomTable, Tables};

/// The facts for a command; nothing where there is no such actor.
pub(crate) fn read(tables: &Tables, command: &RoomCommand) -> Option<Facts> {
    let RoomCommand { room, actor, .. } = command;
    let actor = tables.user(actor)?.clone();
    let table = tables.rooms.get(room);
    let Needs {
        subjects,
        client_id,
        sent,
        messages,
        mentioned,
        files,
        reaction,
        pins,
        direct,
        heir,
        bans,
        blocks,
    } = command.needs();
    let bans = table.filter(|_| bans).map_or_else(Vec::new, |table| {
        let of = |id: &UserId| Some((id.clone(), table.bans.get(id)?.until));
        subjects.iter().filter_map(of).collect()
    });
    let blocks = if blocks { blocks_among(tables, &actor.id, &subjects) } else { vec![] };
    let subjects = subjects.iter().filter_map(|id| {
        let user = tables.user(id)?.clone();
        Some(Subject { user, member: tables.member(*room, id) })
    });
    let subjects = subjects.collect();
    let duplicate = client_id.and_then(|client_id| {
        let table = table?;
        let seq = table.by_client_id.get(&(actor.id.clone(), client_id))?;
        table.message(*seq).cloned()
    });
    Some(Facts {
        room: table.map(|table| table.room.clone()),
        actor_member: tables.member(*room, &actor.id),
        subjects,
        duplicate,
        sent: table.map_or_else(Vec::new, |table| {
            let seqs = sent.into_iter().filter_map(|sent| table.by_client_id.get(&sent));
            seqs.filter_map(|seq| table.message(*seq)).cloned().collect()
        }),
        messages: table.map_or_else(Vec::new, |table| {
            messages.iter().filter_map(|seq| table.message(*seq)).cloned().collect()
        }),
        mentioned: table.map_or_else(Vec::new, |table| {
            let ids = mentioned.iter().filter_map(|name| tables.by_name.get(name));
            let members =
                ids.filter(|id| table.members.contains_key(*id) && !tables.is_blocked(id, &actor.id));
            members.filter_map(|id| tables.user(id)).cloned().collect()
        }),
        files: files.iter().filter_map(|id| tables.file(*id)).collect(),
        reaction: table.zip(reaction).map_or_else(ReactionFacts::default, |(table, (seq, emoji))| {
            reaction_facts(table, seq, &emoji, &actor.id)
        }),
        pins: table.filter(|_| pins).map_or(0, pins_of),
        direct: direct.and_then(|key| Some(room_of(tables, *tables.direct_rooms.get(&key)?)?.clone())),
        is_disabled: !tables.is_welcome(&actor.id),
        is_admin: tables.users.get(&actor.id).is_some_and(|table| table.is_admin),
        bans,
        blocks,
        heir: if heir { heir_of(tables, *room, &actor.id) } else { None },
        actor,
    })
}

fn reaction_facts(table: &RoomTable, seq: Seq, emoji: &Emoji, actor: &UserId) -> ReactionFacts {
    let reactions = table.reactions.get(&seq).map_or(&[][..], Vec::as_slice);
    let kinds: BTreeSet<&Emoji> = reactions.iter().map(|(emoji, _)| emoji).collect();
    let of_kind = || reactions.iter().filter(|(kind, _)| kind == emoji);
    ReactionFacts {
        is_own: of_kind().any(|(_, user)| user == actor),
        count: of_kind().count() as u64,
        kinds: kinds.len() as u64,
    }
}

/// Who of these wants nothing from whom.
fn blocks_among(tables: &Tables, actor: &UserId, others: &[UserId]) -> Vec<(UserId, UserId)> {
    let pairs =
        others.iter().flat_map(|other| [(actor.clone(), other.clone()), (other.clone(), actor.clone())]);
    pairs.filter(|(who, whom)| tables.is_blocked(who, whom)).collect()
}

fn pins_of(table: &RoomTable) -> u64 {
    table.messages_after(Seq::ZERO).filter(|message| message.details.pinned_at.is_some()).count() as u64
}

fn room_of(tables: &Tables, id: RoomId) -> Option<&Room> {
    tables.rooms.get(&id).map(|table| &table.room)
}

/// The longest-serving admin, else member. Of those who came in the same millisecond the one of the smaller id.
fn heir_of(tables: &Tables, room: RoomId, leaver: &UserId) -> Option<User> {
    let members = tables.rooms.get(&room)?.members.iter().filter(|(id, _)| *id != leaver);
    let (id, _) = members.min_by_key(|(id, member)| (member.role != Role::Admin, member.joined_at, *id))?;
    tables.user(id).cloned()
}
