//! The port [`Messages`]: messages as users see them.

use async_trait::async_trait;
use chinwag_chat::store::{MessagePage, Messages, PAGE_BYTES, Page, ThreadView};
use chinwag_chat::{Edit, MessageText, MessageView, RoomId, Seq, StoreError, UserId};

use crate::fields::{Fields, limit, signed};
use crate::shown::{self, additions, shown};
use crate::{PostgresStore, threads};

/// A page of the messages of room `$2` after `$3` and before `$4`, at most `$5`: how many there are before it is cut to
/// `$6` bytes, and each as user `$1` sees it. The first one is always there, so that who reads on gets on.
macro_rules! page {
    ($which:literal, $order:literal) => {
        concat!(
            "SELECT l.found, ",
            shown!(),
            " FROM (
                SELECT m.*, count(*) OVER () AS found, row_number() OVER (ORDER BY m.seq ",
            $order,
            ") AS n, sum(octet_length(m.text)) OVER (ORDER BY m.seq ",
            $order,
            ") AS bytes
                FROM (SELECT * FROM messages WHERE room = $2 AND seq > $3 AND seq < $4 AND ",
            $which,
            " ORDER BY seq ",
            $order,
            " LIMIT $5) m
            ) l",
            additions!(),
            " WHERE l.n = 1 OR l.bytes <= $6 ORDER BY l.n"
        )
    };
}

/// Those of no thread, oldest first.
pub(crate) const FORWARD: &str = page!("thread IS NULL", "");

/// The same, newest first.
pub(crate) const BACK: &str = page!("thread IS NULL", "DESC");

/// Those of thread `$7`, oldest first.
pub(crate) const THREAD_FORWARD: &str = page!("thread = $7", "");

/// The same, newest first.
pub(crate) const THREAD_BACK: &str = page!("thread = $7", "DESC");

/// Message `$3` of room `$2` as user `$1` sees it.
pub(crate) const MESSAGE: &str =
    concat!("SELECT ", shown!(), " FROM messages l", additions!(), " WHERE l.room = $2 AND l.seq = $3");

/// The pinned messages of room `$2` as user `$1` sees them.
pub(crate) const PINS: &str = concat!(
    "SELECT ",
    shown!(),
    " FROM messages l",
    additions!(),
    " WHERE l.room = $2 AND l.pinned_at IS NOT NULL ORDER BY l.pinned_at DESC, l.seq DESC"
);

pub(crate) const EDITS: &str =
    "SELECT rev, text, replaced_at FROM message_edits WHERE room = $1 AND seq = $2 ORDER BY rev";

#[async_trait]
impl Messages for PostgresStore {
    async fn messages(
        &self,
        room: RoomId,
        viewer: &UserId,
        page: MessagePage,
    ) -> Result<Page<MessageView>, StoreError> {
        let sql = match (page.thread, page.after_seq) {
            (None, Some(_)) => FORWARD,
            (None, None) => BACK,
            (Some(_), Some(_)) => THREAD_FORWARD,
            (Some(_), None) => THREAD_BACK,
        };
        let after = page.after_seq.map_or(0, |seq| signed(seq.0));
        let before = page.before_seq.map_or(i64::MAX, |seq| signed(seq.0));
        // One more, only to know whether there is one.
        let one_more = limit(page.limit.saturating_add(1));
        let query = || {
            let query = sqlx::query(sql).bind(viewer.as_str()).bind(room.to_bytes()).bind(after).bind(before);
            let query = query.bind(one_more).bind(limit(PAGE_BYTES));
            match page.thread {
                Some(root) => query.bind(signed(root.0)),
                None => query,
            }
        };
        let read = |mut fields: Fields<'_>| Ok((fields.number()?, shown::read(&mut fields, room, viewer)?));
        let rows: Vec<(u64, MessageView)> = self.pool.all(query, read).await?;
        let found = rows.first().map_or(0, |(found, _)| *found);
        let views = rows.into_iter().map(|(_, view)| view);
        let mut items: Vec<MessageView> = views.take(page.limit).collect();
        if page.after_seq.is_none() {
            items.reverse();
        }
        Ok(Page { has_more: found > items.len() as u64, items })
    }

    async fn message(
        &self,
        room: RoomId,
        viewer: &UserId,
        seq: Seq,
    ) -> Result<Option<MessageView>, StoreError> {
        let query = || sqlx::query(MESSAGE).bind(viewer.as_str()).bind(room.to_bytes()).bind(signed(seq.0));
        self.pool.one(query, |mut fields| shown::read(&mut fields, room, viewer)).await
    }

    async fn pins(&self, room: RoomId, viewer: &UserId) -> Result<Vec<MessageView>, StoreError> {
        let query = || sqlx::query(PINS).bind(viewer.as_str()).bind(room.to_bytes());
        self.pool.all(query, |mut fields| shown::read(&mut fields, room, viewer)).await
    }

    async fn edits(&self, room: RoomId, seq: Seq) -> Result<Vec<Edit>, StoreError> {
        let query = || sqlx::query(EDITS).bind(room.to_bytes()).bind(signed(seq.0));
        let edit = |mut fields: Fields<'_>| {
            let (rev, text) = (fields.rev()?, MessageText::from_stored(fields.text()?));
            Ok(Edit { rev, text, replaced_at: fields.time()? })
        };
        self.pool.all(query, edit).await
    }

    async fn threads_of(&self, user: &UserId, threads: usize) -> Result<Vec<ThreadView>, StoreError> {
        let query = || sqlx::query(threads::THREADS_OF).bind(user.as_str()).bind(limit(threads));
        self.pool.all(query, |fields| threads::read(fields, user)).await
    }

    async fn move_thread_cursor(
        &self,
        room: RoomId,
        root: Seq,
        user: &UserId,
        seq: Seq,
    ) -> Result<Option<ThreadView>, StoreError> {
        let query = || {
            let query = sqlx::query(threads::MOVE_CURSOR).bind(user.as_str()).bind(room.to_bytes());
            query.bind(signed(root.0)).bind(signed(seq.0))
        };
        let moved = self.pool.write(query, |fields| threads::read(fields, user));
        Ok(moved.await?.into_iter().next())
    }
}
