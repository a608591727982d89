//! The port [`Rooms`]: rooms as users see them.

use async_trait::async_trait;
use chinwag_chat::store::{Arrival, MessagePage, PAGE_BYTES, Page, Rooms};
use chinwag_chat::{Cursor, Member, Message, RoomId, RoomView, Seq, StoreError, UserId};
use rusqlite::{Connection, params};

use crate::commit::advance_cursor;
use crate::fault::Fault;
use crate::fields::{Fields, limit, signed};
use crate::page::not_too_long;
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

    async fn rooms_of(&self, user: &UserId, rooms: usize) -> Result<Vec<RoomView>, StoreError> {
        let user = user.clone();
        let views = self.readers.read(move |connection| {
            all(connection, view::ROOMS_OF, params![user.as_str(), limit(rooms)], view::read)
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
                "SELECT u.id, u.name, u.display_name, m.role, m.joined_at, m.read_seq
                 FROM members m JOIN users u ON u.id = m.user
                 WHERE m.room = ?1 AND m.user > ?2 ORDER BY m.user LIMIT ?3",
                params![room.to_bytes(), after, limit(items.saturating_add(1))],
                |mut fields| member(&mut fields),
            )
        });
        Ok(page(members.await?, items))
    }

    async fn messages(&self, room: RoomId, page: MessagePage) -> Result<Page<Message>, StoreError> {
        self.readers.read(move |connection| messages(connection, room, page)).await
    }

    async fn mark_read(&self, room: RoomId, user: &UserId, seq: Seq) -> Result<Option<Cursor>, StoreError> {
        let user = user.clone();
        self.writer.write(move |transaction| mark_read(transaction, room, &user, seq)).await
    }
}

fn arrival(connection: &Connection, user: &UserId) -> Result<Option<Arrival>, Fault> {
    let found = one(
        connection,
        "SELECT id, name, display_name, head_rev FROM users WHERE id = ?1",
        params![user.as_str()],
        |mut fields| Ok((fields.user()?, fields.rev()?)),
    )?;
    let Some((user, head)) = found else { return Ok(None) };
    let rooms = all(
        connection,
        "SELECT room FROM members JOIN rooms ON rooms.id = room WHERE user = ?1 ORDER BY active_at DESC, room",
        params![user.id.as_str()],
        |mut fields| fields.room_id(),
    )?;
    Ok(Some(Arrival { user, head, rooms }))
}

fn member(fields: &mut Fields<'_>) -> Result<Member, Fault> {
    Ok(Member {
        user: fields.user()?,
        role: fields.parsed()?,
        joined_at: fields.time()?,
        read_seq: fields.seq()?,
    })
}

/// Cuts off the one item that was read only to know whether there is one.
fn page<T>(mut items: Vec<T>, limit: usize) -> Page<T> {
    let has_more = items.len() > limit;
    items.truncate(limit);
    Page { items, has_more }
}

/// Cuts off what would make a page of long messages too long.
fn readable(page: Page<Message>) -> Page<Message> {
    let count = page.items.len();
    let items = not_too_long(page.items, PAGE_BYTES, |message| message.text.as_str().len());
    Page { has_more: page.has_more || items.len() < count, items }
}

fn messages(connection: &Connection, room: RoomId, wanted: MessagePage) -> Result<Page<Message>, Fault> {
    let room_id = room.to_bytes();
    let one_more = limit(wanted.limit.saturating_add(1));
    let read = |mut fields: Fields<'_>| fields.message(room);
    let before = wanted.before_seq.map_or(i64::MAX, |seq| signed(seq.0));
    if let Some(after) = wanted.after_seq {
        let params = params![room_id, signed(after.0), one_more, before];
        return Ok(readable(page(all(connection, view::MESSAGES_BETWEEN, params, read)?, wanted.limit)));
    }
    let newest_first = all(connection, view::MESSAGES_BEFORE, params![room_id, before, one_more], read)?;
    let mut page = readable(page(newest_first, wanted.limit));
    page.items.reverse();
    Ok(page)
}

fn mark_read(
    transaction: &Connection,
    room: RoomId,
    user: &UserId,
    seq: Seq,
) -> Result<Option<Cursor>, Fault> {
    let found = one(
        transaction,
        "SELECT m.read_seq, r.head_seq FROM members m JOIN rooms r ON r.id = m.room
         WHERE m.room = ?1 AND m.user = ?2",
        params![room.to_bytes(), user.as_str()],
        |mut fields| Ok((fields.seq()?, fields.seq()?)),
    )?;
    let Some((read_seq, head_seq)) = found else { return Ok(None) };
    let wanted = seq.min(head_seq);
    if wanted > read_seq {
        advance_cursor(transaction, room, user, wanted)?;
    }
    Ok(Some(Cursor::at(wanted.max(read_seq), head_seq)))
}
