//! The port [`Rooms`]: rooms as users see them.

use async_trait::async_trait;
use chinwag_chat::search::fold;
use chinwag_chat::store::{Arrival, MessagePage, PAGE_BYTES, Page, Rooms};
use chinwag_chat::{Cursor, Member, Message, RoomId, RoomView, Seq, StoreError, UserId};

use crate::fault::Fault;
use crate::fields::{Fields, limit, signed};
use crate::pool::Pool;
use crate::{PostgresStore, view};

/// Those of some rooms and users that belong together.
pub(crate) const MAY_READ: &str = "
    SELECT q.room, q.user_id FROM unnest($1::bytea[], $2::text[]) AS q (room, user_id)
    JOIN rooms r ON r.id = q.room LEFT JOIN members m ON m.room = q.room AND m.user_id = q.user_id
    WHERE r.kind = 'public' OR m.room IS NOT NULL";

pub(crate) const ARRIVALS_OF: &str = "
    SELECT u.id, u.name, u.display_name, u.head_rev, ARRAY(
        SELECT m.room FROM members m JOIN rooms r ON r.id = m.room
        WHERE m.user_id = u.id ORDER BY r.active_at DESC, m.room)
    FROM users u WHERE u.id = ANY ($1)";

pub(crate) const SMALL_ROOMS_OF: &str = "
    SELECT m.room, m.user_id FROM members m JOIN rooms r ON r.id = m.room
    WHERE m.user_id = ANY ($1) AND r.member_count <= $2 ORDER BY m.room, m.user_id";

pub(crate) const SHARE_A_ROOM: &str = "
    SELECT 1 FROM members a JOIN members b ON b.room = a.room
    WHERE a.user_id = $1 AND b.user_id = $2 LIMIT 1";

pub(crate) const MEMBERS: &str = "
    SELECT u.id, u.name, u.display_name, m.role, m.joined_at, m.read_seq
    FROM members m JOIN users u ON u.id = m.user_id
    WHERE m.room = $1 AND m.user_id > $2 ORDER BY m.user_id LIMIT $3";

/// Moves the cursor if that is forward, and in any case says where it then is. One that stays costs no write.
pub(crate) const MARK_READ: &str = "
    WITH known AS (
        SELECT m.read_seq, least($3, r.head_seq) AS wanted, r.head_seq
        FROM members m JOIN rooms r ON r.id = m.room WHERE m.room = $1 AND m.user_id = $2
    ), moved AS (
        UPDATE members m SET read_seq = known.wanted FROM known
        WHERE m.room = $1 AND m.user_id = $2 AND m.read_seq < known.wanted
    )
    SELECT greatest(read_seq, wanted), head_seq FROM known";

#[async_trait]
impl Rooms for PostgresStore {
    async fn may_read(&self, room: RoomId, user: &UserId) -> Result<bool, StoreError> {
        Ok(self.questions.may_read.ask((room, user.clone())).await?.is_some())
    }

    async fn room(&self, room: RoomId, user: &UserId) -> Result<Option<RoomView>, StoreError> {
        let query = || sqlx::query(view::ROOM).bind(user.as_str()).bind(room.to_bytes());
        self.pool.one(query, view::read).await
    }

    async fn rooms_of(&self, user: &UserId, rooms: usize) -> Result<Vec<RoomView>, StoreError> {
        let query = || sqlx::query(view::ROOMS_OF).bind(user.as_str()).bind(limit(rooms));
        self.pool.all(query, view::read).await
    }

    async fn arrival_of(&self, user: &UserId) -> Result<Option<Arrival>, StoreError> {
        self.questions.arrivals.ask(user.clone()).await
    }

    async fn small_rooms_of(
        &self,
        users: &[UserId],
        max_members: u64,
    ) -> Result<Vec<(RoomId, Vec<UserId>)>, StoreError> {
        let users: Vec<&str> = users.iter().map(UserId::as_str).collect();
        let query = || sqlx::query(SMALL_ROOMS_OF).bind(&users).bind(signed(max_members));
        let found = self.pool.all(query, |mut fields| Ok((fields.room_id()?, fields.parsed()?)));
        let mut rooms: Vec<(RoomId, Vec<UserId>)> = vec![];
        for (room, user) in found.await? {
            match rooms.last_mut() {
                Some((last, users)) if *last == room => users.push(user),
                _ => rooms.push((room, vec![user])),
            }
        }
        Ok(rooms)
    }

    async fn share_a_room(&self, one: &UserId, other: &UserId) -> Result<bool, StoreError> {
        let query = || sqlx::query(SHARE_A_ROOM).bind(one.as_str()).bind(other.as_str());
        Ok(self.pool.one(query, |_| Ok(())).await?.is_some())
    }

    async fn public_rooms(
        &self,
        query: &str,
        user: &UserId,
        rooms: usize,
    ) -> Result<Vec<RoomView>, StoreError> {
        let folded = fold(query);
        let words: Vec<&str> = folded.split_whitespace().collect();
        // PostgreSQL's text cannot hold it, so no name does.
        if folded.contains('\0') {
            return Ok(vec![]);
        }
        let query = || sqlx::query(view::PUBLIC_ROOMS).bind(user.as_str()).bind(&words).bind(limit(rooms));
        self.pool.all(query, view::read).await
    }

    async fn members(
        &self,
        room: RoomId,
        after: Option<&UserId>,
        items: usize,
    ) -> Result<Page<Member>, StoreError> {
        // Every id is greater than the empty text.
        let after = after.map_or("", UserId::as_str);
        let one_more = limit(items.saturating_add(1));
        let query = || sqlx::query(MEMBERS).bind(room.to_bytes()).bind(after).bind(one_more);
        let members = self.pool.all(query, |mut fields| {
            let user = fields.user()?;
            fields.member(user)
        });
        let mut items_read = members.await?;
        let has_more = items_read.len() > items;
        items_read.truncate(items);
        Ok(Page { items: items_read, has_more })
    }

    async fn messages(&self, room: RoomId, page: MessagePage) -> Result<Page<Message>, StoreError> {
        let sql = if page.after_seq.is_some() { view::MESSAGES_FORWARD } else { view::MESSAGES_BACK };
        let after = page.after_seq.map_or(0, |seq| signed(seq.0));
        let before = page.before_seq.map_or(i64::MAX, |seq| signed(seq.0));
        // One more, only to know whether there is one.
        let one_more = limit(page.limit.saturating_add(1));
        let query = || {
            let query = sqlx::query(sql).bind(room.to_bytes()).bind(after).bind(before);
            query.bind(one_more).bind(limit(PAGE_BYTES))
        };
        let read = |mut fields: Fields<'_>| -> Result<(u64, Message), Fault> {
            Ok((fields.number()?, fields.message(room)?))
        };
        let rows = self.pool.all(query, read).await?;
        let found = rows.first().map_or(0, |(found, _)| *found);
        let mut items: Vec<Message> = rows.into_iter().map(|(_, message)| message).take(page.limit).collect();
        if page.after_seq.is_none() {
            items.reverse();
        }
        Ok(Page { has_more: found > items.len() as u64, items })
    }

    async fn mark_read(&self, room: RoomId, user: &UserId, seq: Seq) -> Result<Option<Cursor>, StoreError> {
        let query = || sqlx::query(MARK_READ).bind(room.to_bytes()).bind(user.as_str()).bind(signed(seq.0));
        let cursors = self.pool.write(query, |mut fields| Ok(Cursor::at(fields.seq()?, fields.seq()?)));
        Ok(cursors.await?.into_iter().next())
    }
}

/// Which of these rooms these users may read.
pub(crate) async fn may_read(
    pool: &Pool,
    asked: &[(RoomId, UserId)],
) -> Result<Vec<((RoomId, UserId), ())>, StoreError> {
    let rooms: Vec<_> = asked.iter().map(|(room, _)| room.to_bytes()).collect();
    let users: Vec<&str> = asked.iter().map(|(_, user)| user.as_str()).collect();
    let query = || sqlx::query(MAY_READ).bind(&rooms).bind(&users);
    pool.all(query, |mut fields| Ok(((fields.room_id()?, fields.parsed()?), ()))).await
}

/// What connections of these users begin with.
pub(crate) async fn arrivals_of(pool: &Pool, users: &[UserId]) -> Result<Vec<(UserId, Arrival)>, StoreError> {
    let users: Vec<&str> = users.iter().map(UserId::as_str).collect();
    let query = || sqlx::query(ARRIVALS_OF).bind(&users);
    let arrival = |mut fields: Fields<'_>| {
        let (user, head, rooms) = (fields.user()?, fields.rev()?, fields.room_ids()?);
        Ok((user.id.clone(), Arrival { user, head, rooms }))
    };
    pool.all(query, arrival).await
}
