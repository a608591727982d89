//! Rooms as one user sees them.

use std::cmp::Reverse;

use chinwag_chat::{Cursor, Message, RoomId, RoomKind, RoomView, User, UserId};

use crate::tables::{RoomTable, Tables};

/// The room as the user sees it, whether or not they may.
pub(crate) fn of(tables: &Tables, table: &RoomTable, user: &UserId) -> RoomView {
    let room = &table.room;
    let membership = table.members.get(user);
    // To somebody who has not joined nothing is unread.
    let read = Cursor { read_seq: room.head.seq, unread: 0, mentions: 0 };
    let cursor = membership.map_or(read, |membership| table.cursor_at(user, membership.read_seq));
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
        mentions: cursor.mentions,
        notifications: membership.map(|membership| membership.notifications(room.kind)),
        last_message: newest(table).cloned(),
        created_at: room.created_at,
        settings: room.settings,
    }
}

/// The newest message that is shown among the room's.
fn newest(table: &RoomTable) -> Option<&Message> {
    let newest_first = table.messages.iter().rev().filter_map(|rev| table.message_at(*rev));
    newest_first.into_iter().find(|message| message.details.thread.is_none() && !message.is_deleted())
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
