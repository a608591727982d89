//! Rooms as one user sees them.

use std::cmp::Reverse;

use chinwag_chat::{Cursor, RoomId, RoomKind, RoomView, User, UserId};

use crate::tables::{RoomTable, Tables};

/// The room as the user sees it, whether or not they may.
pub(crate) fn of(tables: &Tables, table: &RoomTable, user: &UserId) -> RoomView {
    let room = &table.room;
    let membership = table.members.get(user);
    // To somebody who has not joined nothing is unread.
    let read_seq = membership.map_or(room.head.seq, |membership| membership.read_seq);
    let cursor = Cursor::at(read_seq, room.head.seq);
    RoomView {
        id: room.id,
        kind: room.kind,
        name: room.name.clone(),
        peer: peer(tables, table, user),
        role: membership.map(|membership| membership.role),
        member_count: room.member_count,
        head_seq: room.head.seq,
        head_rev: room.head.rev,
        read_seq: cursor.read_seq,
        unread: cursor.unread,
        last_message: table.message(room.head.seq).cloned(),
        created_at: room.created_at,
    }
}

fn peer(tables: &Tables, table: &RoomTable, user: &UserId) -> Option<User> {
    if table.room.kind != RoomKind::Direct {
        return None;
    }
    let other = table.members.keys().find(|id| *id != user)?;
    tables.user(other).cloned()
}

/// Rooms, the most recently active first.
pub(crate) fn by_activity<'a>(
    tables: &'a Tables,
    ids: impl Iterator<Item = &'a RoomId>,
) -> Vec<&'a RoomTable> {
    let mut rooms: Vec<&RoomTable> = ids.filter_map(|id| tables.rooms.get(id)).collect();
    rooms.sort_unstable_by_key(|table| (Reverse(table.room.active_at), table.room.id));
    rooms
}
