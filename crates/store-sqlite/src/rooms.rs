//! The port [`Rooms`]: rooms as users see them.

use async_trait::async_trait;
use chinwag_chat::store::{Arrival, Page, Rooms};
use chinwag_chat::{Cursor, CursorKind, Member, Moved, RoomId, RoomView, Seq, StoreError, UserId};
use rusqlite::{Connection, params};

use crate::commit::advance_cursor;
use crate::fault::Fault;
use crate::fields::{Fields, limit, signed};
use crate::page::page;
use crate::query::{all, one};
use crate::{SqliteStore, view};
use chinwag_chat::search::fold;

#[async_trait]
impl Rooms for SqliteStore {
    async fn may_read(&self, room: RoomId, user: &UserId) -> Result<bool, StoreError> {
        let user = user.clone();
        let found = self.look_ups.ask(move |connection| {
            one(
                connection,
                "SELECT 1 FROM rooms WHERE id = ?1 AND (kind = 'public'
                     OR EXISTS (SELECT 1 FROM members WHERE room = ?1 AND user = ?2))",
                params![room.to_bytes(), user.as_str()],
                |_| Ok(()),
            )
        });
        Ok(found.await?.is_some())
    }

    async fn room(&self, room: RoomId, user: &UserId) -> Result<Option<RoomView>, StoreError> {
        let user = user.clone();
        let view = self.readers.read(move |connection| {
            one(connection, view::ROOM, params![user.as_str(), room.to_bytes()], view::read)
        });
        view.await
    }

    async fn rooms_of(
        &self,
        user: &UserId,
        after: Option<RoomId>,
        rooms: usize,
    ) -> Result<Vec<RoomView>, StoreError> {
        let (user, after) = (user.clone(), after.map(RoomId::to_bytes));
        let views = self.readers.read(move |connection| {
            all(connection, view::ROOMS_OF, params![user.as_str(), limit(rooms), after], view::read)
        });
        views.await
    }

    async fn arrival_of(&self, user: &UserId) -> Result<Option<Arrival>, StoreError> {
        let user = user.clone();
        self.look_ups.ask(move |connection| arrival(connection, &user)).await
    }

    async fn small_rooms_of(
        &self,
        users: &[UserId],
        max_members: u64,
    ) -> Result<Vec<(RoomId, Vec<UserId>)>, StoreError> {
        let users = serde_json::Value::from_iter(users.iter().map(UserId::as_str)).to_string();
        let found = self.readers.read(move |connection| {
            let sql = "SELECT m.room, m.user FROM json_each(?1) u JOIN members m ON m.user = u.value
                JOIN rooms r ON r.id = m.room WHERE r.member_count <= ?2 ORDER BY m.room, m.user";
            all(connection, sql, params![users, signed(max_members)], |mut fields| {
                Ok((fields.room_id()?, fields.parsed()?))
            })
        });
        let mut rooms: Vec<(RoomId, Vec<UserId>)> = vec![];
        for (room, user) in found.await? {
            match rooms.last_mut() {
                Some((last, users)) if *last == room => users.push(user),
                _ => rooms.push((room, vec![user])),
            }
        }
        Ok(rooms)
    }

    async fn share_a_room(&self, user: &UserId, other: &UserId) -> Result<bool, StoreError> {
        let (user, other) = (user.clone(), other.clone());
        let found = self.readers.read(move |connection| {
            let sql = "SELECT 1 FROM members a JOIN members b ON b.room = a.room
                WHERE a.user = ?1 AND b.user = ?2 LIMIT 1";
            one(connection, sql, params![user.as_str(), other.as_str()], |_| Ok(()))
        });
        Ok(found.await?.is_some())
    }

    async fn public_rooms(
        &self,
        query: &str,
        user: &UserId,
        rooms: usize,
    ) -> Result<Vec<RoomView>, StoreError> {
        let user = user.clone();
        let words = serde_json::Value::from_iter(fold(query).split_whitespace()).to_string();
        let views = self.readers.read(move |connection| {
            all(connection, view::PUBLIC_ROOMS, params![user.as_str(), words, limit(rooms)], view::read)
        });
        views.await
    }

    async fn members(
        &self,
        room: RoomId,
        after: Option<&UserId>,
        items: usize,
    ) -> Result<Page<Member>, StoreError> {
        // Every id is greater than the empty text.
        let after = after.map_or_else(String::new, ToString::to_string);
        let members = self.readers.read(move |connection| {
            all(
                connection,
                "SELECT u.id, u.name, u.display_name, u.avatar, u.bot, m.role, m.joined_at,
                        m.read_seq, m.delivered_seq, m.muted_until, m.posted_at, m.blocked
                 FROM members m JOIN users u ON u.id = m.user
                 WHERE m.room = ?1 AND m.user > ?2 ORDER BY m.user LIMIT ?3",
                params![room.to_bytes(), after, limit(items.saturating_add(1))],
                |mut fields| member(&mut fields),
            )
        });
        Ok(page(members.await?, items))
    }

    async fn move_cursor(
        &self,
        room: RoomId,
        user: &UserId,
        kind: CursorKind,
        seq: Seq,
    ) -> Result<Option<Moved>, StoreError> {
        let user = user.clone();
        self.writer.write(move |transaction| move_cursor(transaction, room, &user, kind, seq)).await
    }
}

fn arrival(connection: &Connection, user: &UserId) -> Result<Option<Arrival>, Fault> {
    let found = one(
        connection,
        "SELECT id, name, display_name, avatar, bot, head_rev, disabled FROM users WHERE id = ?1",
        params![user.as_str()],
        |mut fields| Ok((fields.user()?, fields.rev()?, fields.flag()?)),
    )?;
    let Some((user, head, is_disabled)) = found else { return Ok(None) };
    let rooms = all(
        connection,
        "SELECT room FROM members JOIN rooms ON rooms.id = room WHERE user = ?1 ORDER BY active_at DESC, room",
        params![user.id.as_str()],
        |mut fields| fields.room_id(),
    )?;
    Ok(Some(Arrival { user, head, rooms, is_disabled }))
}

fn member(fields: &mut Fields<'_>) -> Result<Member, Fault> {
    Ok(Member {
        user: fields.user()?,
        role: fields.parsed()?,
        joined_at: fields.time()?,
        read_seq: fields.seq()?,
        delivered_seq: fields.seq()?,
        muted_until: fields.optional_time()?,
        posted_at: fields.optional_time()?,
        is_blocked: fields.flag()?,
    })
}

fn move_cursor(
    transaction: &Connection,
    room: RoomId,
    user: &UserId,
    kind: CursorKind,
    seq: Seq,
) -> Result<Option<Moved>, Fault> {
    let Some(mut at) = cursors(transaction, room, user)? else { return Ok(None) };
    let wanted = seq.min(at.head_seq);
    let is_further = match kind {
        CursorKind::Read => wanted > at.read_seq,
        CursorKind::Delivered => wanted > at.delivered_seq,
    };
    if is_further {
        advance_cursor(transaction, room, user, kind, wanted)?;
        at.delivered_seq = at.delivered_seq.max(wanted);
        if kind == CursorKind::Read {
            at.read_seq = wanted;
        }
    }
    if kind == CursorKind::Delivered {
        return Ok(Some(at.moved(is_further, None)));
    }
    let unread = one(
        transaction,
        view::UNREAD_AFTER,
        params![room.to_bytes(), user.as_str(), signed(at.read_seq.0)],
        |mut fields| Ok((fields.number()?, fields.number()?)),
    )?;
    let (unread, mentions) = unread.unwrap_or_default();
    let cursor = Cursor { read_seq: at.read_seq, unread, mentions };
    Ok(Some(at.moved(is_further, Some(cursor))))
}

/// A member's cursors, and what they are measured by.
struct Cursors {
    read_seq: Seq,
    delivered_seq: Seq,
    head_seq: Seq,
    member_count: u64,
}

impl Cursors {
    fn moved(self, is_further: bool, cursor: Option<Cursor>) -> Moved {
        let Self { read_seq, delivered_seq, member_count, .. } = self;
        Moved { read_seq, cursor, delivered_seq, is_further, member_count }
    }
}

fn cursors(transaction: &Connection, room: RoomId, user: &UserId) -> Result<Option<Cursors>, Fault> {
    one(
        transaction,
        "SELECT m.read_seq, m.delivered_seq, r.head_seq, r.member_count
         FROM members m JOIN rooms r ON r.id = m.room WHERE m.room = ?1 AND m.user = ?2",
        params![room.to_bytes(), user.as_str()],
        |mut fields| {
            Ok(Cursors {
                read_seq: fields.seq()?,
                delivered_seq: fields.seq()?,
                head_seq: fields.seq()?,
                member_count: fields.number()?,
            })
        },
    )
}
