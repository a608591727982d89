//! Reads what a command's decision depends on, under the lock that the change is written under.

use chinwag_chat::{Facts, Needs, Role, Room, RoomCommand, RoomId, Subject, User, UserId};

use crate::tables::Tables;

/// The facts for a command; nothing where there is no such actor.
pub(crate) fn read(tables: &Tables, command: &RoomCommand) -> Option<Facts> {
    let RoomCommand { room, actor, .. } = command;
    let actor = tables.user(actor)?.clone();
    let table = tables.rooms.get(room);
    let Needs { subjects, client_id, direct, heir } = command.needs();
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
        direct: direct.and_then(|key| Some(room_of(tables, *tables.direct_rooms.get(&key)?)?.clone())),
        heir: if heir { heir_of(tables, *room, &actor.id) } else { None },
        actor,
    })
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
