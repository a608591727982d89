//! The port [`Rooms`]: rooms as users see them.

use async_trait::async_trait;
use chinwag_chat::search::fold;
use chinwag_chat::store::{Arrival, Page, Rooms};
use chinwag_chat::{Cursor, CursorKind, Member, Moved, RoomId, RoomView, Seq, StoreError, UserId};

use crate::counted::unread;
use crate::fields::{Fields, limit, signed};
use crate::pool::Pool;
use crate::{PostgresStore, view};

/// Those of some rooms and users that belong together.
pub(crate) const MAY_READ: &str = "
    SELECT q.room, q.user_id FROM unnest($1::bytea[], $2::text[]) AS q (room, user_id)
    JOIN rooms r ON r.id = q.room LEFT JOIN members m ON m.room = q.room AND m.user_id = q.user_id
    WHERE r.kind = 'public' OR m.room IS NOT NULL";

pub(crate) const ARRIVALS_OF: &str = "
    SELECT u.id, u.name, u.display_name, u.avatar, u.bot, u.head_rev, u.disabled, ARRAY(
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
    SELECT u.id, u.name, u.display_name, u.avatar, u.bot, m.role, m.joined_at,
           m.read_seq, m.delivered_seq, m.muted_until, m.posted_at, m.blocked
    FROM members m JOIN users u ON u.id = m.user_id
    WHERE m.room = $1 AND m.user_id > $2 ORDER BY m.user_id LIMIT $3";

/// Moves the cursors of member `$2` of room `$1` to `$3` of what was read and `$4` of what was delivered, each if that is
/// forward, and in any case says where they then are, and what `$more` says. One that stays costs no write.
macro_rules! move_cursors {
    ($($more:expr),*) => {
        concat!(
            "WITH known AS (
                SELECT greatest(m.read_seq, least($3, r.head_seq)) AS read_seq,
                       greatest(m.delivered_seq, least($4, r.head_seq)) AS delivered_seq, r.member_count
                FROM members m JOIN rooms r ON r.id = m.room WHERE m.room = $1 AND m.user_id = $2
            ), moved AS (
                UPDATE members m SET read_seq = greatest(m.read_seq, known.read_seq),
                                     delivered_seq = greatest(m.delivered_seq, known.delivered_seq)
                FROM known WHERE m.room = $1 AND m.user_id = $2
                    AND (m.read_seq < known.read_seq OR m.delivered_seq < known.delivered_seq)
                RETURNING 1
            )
            SELECT known.read_seq, known.delivered_seq, EXISTS (SELECT FROM moved), known.member_count",
            $($more,)*
            " FROM known"
        )
    };
}

pub(crate) const MOVE_CURSOR: &str = move_cursors!(", ", unread!("$1", "$2", "known.read_seq"));

/// Without what is left to read.
pub(crate) const MOVE_DELIVERED: &str = move_cursors!();

#[async_trait]
impl Rooms for PostgresStore {
    async fn may_read(&self, room: RoomId, user: &UserId) -> Result<bool, StoreError> {
        Ok(self.questions.may_read.ask((room, user.clone())).await?.is_some())
    }

    async fn room(&self, room: RoomId, user: &UserId) -> Result<Option<RoomView>, StoreError> {
        let query = || sqlx::query(view::ROOM).bind(user.as_str()).bind(room.to_bytes());
        self.pool.one(query, view::read).await
    }

    async fn rooms_of(
        &self,
        user: &UserId,
        after: Option<RoomId>,
        rooms: usize,
    ) -> Result<Vec<RoomView>, StoreError> {
        let after = after.map(RoomId::to_bytes);
        let query = || sqlx::query(view::ROOMS_OF).bind(user.as_str()).bind(limit(rooms)).bind(after);
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

    async fn move_cursor(
        &self,
        room: RoomId,
        user: &UserId,
        kind: CursorKind,
        seq: Seq,
    ) -> Result<Option<Moved>, StoreError> {
        // What was read was also delivered.
        let (sql, read) = match kind {
            CursorKind::Read => (MOVE_CURSOR, seq),
            CursorKind::Delivered => (MOVE_DELIVERED, Seq::ZERO),
        };
        let query = || {
            let query = sqlx::query(sql).bind(room.to_bytes()).bind(user.as_str());
            query.bind(signed(read.0)).bind(signed(seq.0))
        };
        let moved = |mut fields: Fields<'_>| {
            let (read_seq, delivered_seq) = (fields.seq()?, fields.seq()?);
            let (is_further, member_count) = (fields.flag()?, fields.number()?);
            let cursor = match kind {
                CursorKind::Read => {
                    Some(Cursor { read_seq, unread: fields.number()?, mentions: fields.number()? })
                }
                CursorKind::Delivered => None,
            };
            Ok(Moved { read_seq, cursor, delivered_seq, is_further, member_count })
        };
        Ok(self.pool.write(query, moved).await?.into_iter().next())
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
        let (user, head) = (fields.user()?, fields.rev()?);
        let (is_disabled, rooms) = (fields.flag()?, fields.room_ids()?);
        Ok((user.id.clone(), Arrival { user, head, rooms, is_disabled }))
    };
    pool.all(query, arrival).await
}
