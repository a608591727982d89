//! The port [`Messages`]: messages as users see them.

use async_trait::async_trait;
use chinwag_chat::store::{MessagePage, Messages, PAGE_BYTES, Page, ThreadView};
use chinwag_chat::{Edit, Message, MessageText, MessageView, Replies, RoomId, Seq, StoreError, UserId};
use rusqlite::{Connection, params};

use crate::SqliteStore;
use crate::additions::Additions;
use crate::commit::advance_thread_cursor;
use crate::fault::Fault;
use crate::fields::{Fields, limit, signed};
use crate::page::{not_too_long, page};
use crate::query::{all, one};
use crate::view::{self, messages};

// The planner knows nothing of how many rows there are and takes a room for ten of them. So the statements here say by which
// index, and in which order, they are to be answered; `plans` below holds them to it.

/// The messages of room `?1` after `?2` and before `?3` that are of no thread, oldest first, at most `?4`.
const FORWARD: &str = messages!("m.seq > ?2 AND m.seq < ?3 AND m.thread IS NULL ORDER BY m.seq LIMIT ?4");

/// The same, newest first.
const BACK: &str = messages!("m.seq > ?2 AND m.seq < ?3 AND m.thread IS NULL ORDER BY m.seq DESC LIMIT ?4");

/// The same of thread `?5`.
const THREAD_FORWARD: &str = messages!(
    "INDEXED BY messages_by_thread",
    "m.thread = ?5 AND m.seq > ?2 AND m.seq < ?3 ORDER BY m.seq LIMIT ?4"
);

/// The same, newest first.
const THREAD_BACK: &str = messages!(
    "INDEXED BY messages_by_thread",
    "m.thread = ?5 AND m.seq > ?2 AND m.seq < ?3 ORDER BY m.seq DESC LIMIT ?4"
);

const PINS: &str =
    messages!("INDEXED BY messages_pinned", "m.pinned_at IS NOT NULL ORDER BY m.pinned_at DESC, m.seq DESC");

/// The reactions to the messages of the JSON array `?2`: of each emoji the first ones, and that of user `?3`.
const REACTIONS: &str = "
    SELECT seq, emoji, total, user FROM (
        SELECT r.seq, r.emoji, r.user, r.rev, count(*) OVER w AS total,
               row_number() OVER (PARTITION BY r.seq, r.emoji ORDER BY r.rev) AS n,
               min(r.rev) OVER w AS first
        FROM json_each(?2) q CROSS JOIN reactions r ON r.room = ?1 AND r.seq = q.value
        WINDOW w AS (PARTITION BY r.seq, r.emoji)
    ) WHERE n <= ?4 OR user = ?3 ORDER BY seq, first, rev";

/// How much there is in the threads of the messages of the JSON array `?2`. The time is that of the greatest `seq`.
const REPLIES: &str = "
    SELECT m.thread, count(*), max(m.seq), m.created_at
    FROM json_each(?2) q
    CROSS JOIN messages m INDEXED BY messages_by_thread ON m.room = ?1 AND m.thread = q.value
    WHERE NOT m.deleted GROUP BY m.thread";

/// The threads of user `?1`: room, root, how far they have read and what is left of it.
const THREADS: &str = "
    SELECT c.room, c.root, c.read_seq, (SELECT count(*) FROM (
               SELECT 1 FROM messages x INDEXED BY messages_by_thread
               WHERE x.room = c.room AND x.thread = c.root AND x.seq > c.read_seq
                   AND x.sender <> ?1 AND NOT x.deleted LIMIT 100))
    FROM thread_cursors c JOIN members m ON m.room = c.room AND m.user = ?1
    WHERE c.user = ?1 AND EXISTS (SELECT 1 FROM messages r WHERE r.room = c.room AND r.seq = c.root)
    ORDER BY (SELECT created_at FROM messages x INDEXED BY messages_by_thread
              WHERE x.room = c.room AND x.thread = c.root
              ORDER BY seq DESC LIMIT 1) DESC, c.room, c.root
    LIMIT ?2";

/// The same of one thread, whose room is `?2` and root `?3`.
const THREAD: &str = "
    SELECT c.room, c.root, c.read_seq, (SELECT count(*) FROM (
               SELECT 1 FROM messages x INDEXED BY messages_by_thread
               WHERE x.room = c.room AND x.thread = c.root AND x.seq > c.read_seq
                   AND x.sender <> ?1 AND NOT x.deleted LIMIT 100))
    FROM thread_cursors c WHERE c.user = ?1 AND c.room = ?2 AND c.root = ?3";

#[async_trait]
impl Messages for SqliteStore {
    async fn messages(
        &self,
        room: RoomId,
        viewer: &UserId,
        page: MessagePage,
    ) -> Result<Page<MessageView>, StoreError> {
        let viewer = viewer.clone();
        let page = self.readers.read(move |connection| {
            let Page { items, has_more } = read_page(connection, room, page)?;
            Ok(Page { items: views(connection, room, &viewer, items)?, has_more })
        });
        page.await
    }

    async fn message(
        &self,
        room: RoomId,
        viewer: &UserId,
        seq: Seq,
    ) -> Result<Option<MessageView>, StoreError> {
        let viewer = viewer.clone();
        self.readers.read(move |connection| one_view(connection, room, &viewer, seq)).await
    }

    async fn pins(&self, room: RoomId, viewer: &UserId) -> Result<Vec<MessageView>, StoreError> {
        let viewer = viewer.clone();
        let pins = self.readers.read(move |connection| {
            let pins = all(connection, PINS, params![room.to_bytes()], |mut fields| fields.message(room))?;
            views(connection, room, &viewer, pins)
        });
        pins.await
    }

    async fn edits(&self, room: RoomId, seq: Seq) -> Result<Vec<Edit>, StoreError> {
        let edits = self.readers.read(move |connection| {
            let sql =
                "SELECT rev, text, replaced_at FROM message_edits WHERE room = ?1 AND seq = ?2 ORDER BY rev";
            all(connection, sql, params![room.to_bytes(), signed(seq.0)], |mut fields| {
                Ok(Edit {
                    rev: fields.rev()?,
                    text: MessageText::from_stored(fields.text()?),
                    replaced_at: fields.time()?,
                })
            })
        });
        edits.await
    }

    async fn threads_of(&self, user: &UserId, threads: usize) -> Result<Vec<ThreadView>, StoreError> {
        let user = user.clone();
        let threads = self.readers.read(move |connection| {
            let found = all(connection, THREADS, params![user.as_str(), limit(threads)], |mut fields| {
                Thread::read(&mut fields)
            })?;
            let views = found.into_iter().map(|thread| thread.view(connection, &user));
            views.filter_map(Result::transpose).collect()
        });
        threads.await
    }

    async fn move_thread_cursor(
        &self,
        room: RoomId,
        root: Seq,
        user: &UserId,
        seq: Seq,
    ) -> Result<Option<ThreadView>, StoreError> {
        let user = user.clone();
        self.writer.write(move |transaction| move_thread_cursor(transaction, room, root, &user, seq)).await
    }
}

/// A thread's cursor, as the queries above find it.
struct Thread {
    room: RoomId,
    root: Seq,
    read_seq: Seq,
    unread: u64,
}

impl Thread {
    fn read(fields: &mut Fields<'_>) -> Result<Self, Fault> {
        Ok(Self {
            room: fields.room_id()?,
            root: fields.seq()?,
            read_seq: fields.seq()?,
            unread: fields.number()?,
        })
    }

    fn view(self, connection: &Connection, user: &UserId) -> Result<Option<ThreadView>, Fault> {
        let Self { room, root, read_seq, unread } = self;
        let root = one_view(connection, room, user, root)?;
        Ok(root.map(|root| ThreadView { root, read_seq, unread }))
    }
}

fn move_thread_cursor(
    transaction: &Connection,
    room: RoomId,
    root: Seq,
    user: &UserId,
    seq: Seq,
) -> Result<Option<ThreadView>, Fault> {
    let begins = one(
        transaction,
        "SELECT r.head_seq FROM rooms r JOIN members m ON m.room = r.id AND m.user = ?2
         JOIN messages x ON x.room = r.id AND x.seq = ?3 AND x.thread IS NULL WHERE r.id = ?1",
        params![room.to_bytes(), user.as_str(), signed(root.0)],
        |mut fields| fields.seq(),
    )?;
    let Some(head) = begins else { return Ok(None) };
    advance_thread_cursor(transaction, room, root, user, seq.min(head))?;
    let params = params![user.as_str(), room.to_bytes(), signed(root.0)];
    let thread = one(transaction, THREAD, params, |mut fields| Thread::read(&mut fields))?;
    thread.map_or(Ok(None), |thread| thread.view(transaction, user))
}

fn read_page(connection: &Connection, room: RoomId, wanted: MessagePage) -> Result<Page<Message>, Fault> {
    let is_forward = wanted.after_seq.is_some();
    let after = wanted.after_seq.map_or(0, |seq| signed(seq.0));
    let before = wanted.before_seq.map_or(i64::MAX, |seq| signed(seq.0));
    let one_more = limit(wanted.limit.saturating_add(1));
    let read = |mut fields: Fields<'_>| fields.message(room);
    let room_id = room.to_bytes();
    let found = match wanted.thread {
        None => {
            let sql = if is_forward { FORWARD } else { BACK };
            all(connection, sql, params![room_id, after, before, one_more], read)?
        }
        Some(root) => {
            let sql = if is_forward { THREAD_FORWARD } else { THREAD_BACK };
            all(connection, sql, params![room_id, after, before, one_more, signed(root.0)], read)?
        }
    };
    let mut page = readable(page(found, wanted.limit));
    if !is_forward {
        page.items.reverse();
    }
    Ok(page)
}

/// Cuts off what would make a page of long messages too long.
fn readable(page: Page<Message>) -> Page<Message> {
    let count = page.items.len();
    let items = not_too_long(page.items, PAGE_BYTES, |message| message.text.as_str().len());
    Page { has_more: page.has_more || items.len() < count, items }
}

pub(crate) fn one_view(
    connection: &Connection,
    room: RoomId,
    viewer: &UserId,
    seq: Seq,
) -> Result<Option<MessageView>, Fault> {
    let message = view::message(connection, room, seq)?;
    Ok(views(connection, room, viewer, message.into_iter().collect())?.pop())
}

/// The messages with what others added to them.
fn views(
    connection: &Connection,
    room: RoomId,
    viewer: &UserId,
    messages: Vec<Message>,
) -> Result<Vec<MessageView>, Fault> {
    let seqs = serde_json::Value::from_iter(messages.iter().map(|message| message.seq.0)).to_string();
    let mut additions = Additions::default();
    let most = limit(chinwag_chat::Reaction::MAX_USERS);
    all(connection, REACTIONS, params![room.to_bytes(), seqs, viewer.as_str(), most], |mut fields| {
        additions.reaction(fields.seq()?, fields.parsed()?, fields.number()?, fields.parsed()?);
        Ok(())
    })?;
    all(connection, REPLIES, params![room.to_bytes(), seqs], |mut fields| {
        let seq = fields.seq()?;
        let replies = Replies { count: fields.number()?, last_seq: fields.seq()?, last_at: fields.time()? };
        additions.replies(seq, replies);
        Ok(())
    })?;
    Ok(messages.into_iter().map(|message| additions.to(message)).collect())
}

#[cfg(test)]
mod plans;
