//! The port [`Moderation`].

use async_trait::async_trait;
use chinwag_chat::store::{Moderation, Page};
use chinwag_chat::{
    Ban, DirectKey, NewReport, Report, ReportAction, ReportState, ReportedRoom, RoomId, StoreError,
    Timestamp, User, UserId,
};

use crate::PostgresStore;
use crate::administration::page;
use crate::fault::Fault;
use crate::fields::{Fields, limit, signed};

pub(crate) const BANS: &str = "
    SELECT u.id, u.name, u.display_name, u.avatar, u.bot, o.id, o.name, o.display_name, o.avatar, o.bot,
           b.reason, b.until, b.created_at
    FROM bans b JOIN users u ON u.id = b.user_id JOIN users o ON o.id = b.banned_by
    WHERE b.room = $1 AND (b.until IS NULL OR b.until > $2) AND b.user_id > $3 ORDER BY b.user_id LIMIT $4";

/// User `$1` wants nothing from `$2`; in their direct room, `$3`, `$2` can write no more.
pub(crate) const BLOCK: &str = "
    WITH changed AS (
        INSERT INTO blocks (user_id, blocked, created_at) VALUES ($1, $2, $4) ON CONFLICT DO NOTHING RETURNING 1
    ), marked AS (
        UPDATE members m SET blocked = true FROM rooms r
        WHERE r.direct_key = $3 AND m.room = r.id AND m.user_id = $2
    )
    SELECT 1 FROM changed";

/// The end of that.
pub(crate) const UNBLOCK: &str = "
    WITH changed AS (
        DELETE FROM blocks WHERE user_id = $1 AND blocked = $2 RETURNING 1
    ), marked AS (
        UPDATE members m SET blocked = false FROM rooms r
        WHERE r.direct_key = $3 AND m.room = r.id AND m.user_id = $2
    )
    SELECT 1 FROM changed";

pub(crate) const BLOCKED_BY: &str = "
    SELECT u.id, u.name, u.display_name, u.avatar, u.bot
    FROM blocks b JOIN users u ON u.id = b.blocked WHERE b.user_id = $1 ORDER BY u.id LIMIT $2";

pub(crate) const BLOCKERS_OF: &str = "
    SELECT b.user_id FROM unnest($2::text[]) AS q (id) JOIN blocks b ON b.user_id = q.id AND b.blocked = $1";

const REPORT_IT: &str = "
    INSERT INTO reports (room, seq, reporter, reason, comment, created_at) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT DO NOTHING RETURNING 1";

/// Reports of which something is true; the fields are those of [`report`].
macro_rules! reports {
    ($which:literal) => {
        concat!(
            "SELECT r.id, r.room, x.name, x.kind, r.reason, r.comment, r.created_at, r.closed_at, r.action, r.note,
                    b.id, b.name, b.display_name, b.avatar, b.bot, c.id, c.name, c.display_name, c.avatar, c.bot,
                    m.seq, m.rev, m.id, m.client_id, m.created_at, m.text, m.details,
                    s.id, s.name, s.display_name, s.avatar, s.bot
             FROM reports r JOIN rooms x ON x.id = r.room JOIN users b ON b.id = r.reporter
             LEFT JOIN users c ON c.id = r.closed_by
             JOIN messages m ON m.room = r.room AND m.seq = r.seq JOIN users s ON s.id = m.sender WHERE ",
            $which
        )
    };
}

pub(crate) const REPORT: &str = reports!("r.id = $1");
pub(crate) const ALL: &str = reports!("r.id < $1 ORDER BY r.id DESC LIMIT $2");
pub(crate) const OPEN: &str = reports!("r.id < $1 AND r.closed_at IS NULL ORDER BY r.id DESC LIMIT $2");
pub(crate) const CLOSED: &str = reports!("r.id < $1 AND r.closed_at IS NOT NULL ORDER BY r.id DESC LIMIT $2");

pub(crate) const CLOSE: &str = "
    WITH closed AS (
        UPDATE reports SET closed_by = $2, closed_at = $3, action = $4, note = $5
        WHERE id = $1 AND closed_at IS NULL RETURNING id, room, seq
    ), noted AS (
        INSERT INTO audit (at, acted_by, action, room, details)
        SELECT $3, $2, 'report.closed', room,
               json_build_object('report', id::text, 'seq', seq, 'action', $4::text)::text
        FROM closed
    )
    SELECT 1 FROM closed";

#[async_trait]
impl Moderation for PostgresStore {
    async fn bans(
        &self,
        room: RoomId,
        now: Timestamp,
        after: Option<&UserId>,
        items: usize,
    ) -> Result<Page<Ban>, StoreError> {
        // Every id is greater than the empty text.
        let after = after.map_or("", UserId::as_str);
        let one_more = limit(items.saturating_add(1));
        let query = || sqlx::query(BANS).bind(room.to_bytes()).bind(now.unix_ms()).bind(after).bind(one_more);
        Ok(page(self.pool.all(query, |mut fields| ban(&mut fields)).await?, items))
    }

    async fn set_block(
        &self,
        user: &UserId,
        other: &UserId,
        is_blocked: bool,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let key = DirectKey::of(user, other);
        let query = || {
            let sql = if is_blocked { BLOCK } else { UNBLOCK };
            let query = sqlx::query(sql).bind(user.as_str()).bind(other.as_str()).bind(key.as_str());
            if is_blocked { query.bind(at.unix_ms()) } else { query }
        };
        Ok(!self.pool.write(query, |_| Ok(())).await?.is_empty())
    }

    async fn blocked_by(&self, user: &UserId, items: usize) -> Result<Vec<User>, StoreError> {
        let query = || sqlx::query(BLOCKED_BY).bind(user.as_str()).bind(limit(items));
        self.pool.all(query, |mut fields| fields.user()).await
    }

    async fn blockers_of(&self, sender: &UserId, users: &[UserId]) -> Result<Vec<UserId>, StoreError> {
        let users: Vec<&str> = users.iter().map(UserId::as_str).collect();
        let query = || sqlx::query(BLOCKERS_OF).bind(sender.as_str()).bind(&users);
        self.pool.all(query, |mut fields| fields.parsed()).await
    }

    async fn report(&self, report: NewReport) -> Result<bool, StoreError> {
        let query = || {
            sqlx::query(REPORT_IT)
                .bind(report.room.to_bytes())
                .bind(signed(report.seq.0))
                .bind(report.by.as_str())
                .bind(report.reason.as_str())
                .bind(report.comment.as_deref())
                .bind(report.created_at.unix_ms())
        };
        Ok(!self.pool.write(query, |_| Ok(())).await?.is_empty())
    }

    async fn reports(
        &self,
        state: Option<ReportState>,
        before: Option<u64>,
        items: usize,
    ) -> Result<Page<Report>, StoreError> {
        let sql = match state {
            None => ALL,
            Some(ReportState::Open) => OPEN,
            Some(ReportState::Closed) => CLOSED,
        };
        let (before, one_more) = (before.map_or(i64::MAX, signed), limit(items.saturating_add(1)));
        let query = || sqlx::query(sql).bind(before).bind(one_more);
        Ok(page(self.pool.all(query, |mut fields| report(&mut fields)).await?, items))
    }

    async fn report_of(&self, id: u64) -> Result<Option<Report>, StoreError> {
        let query = || sqlx::query(REPORT).bind(signed(id));
        self.pool.one(query, |mut fields| report(&mut fields)).await
    }

    async fn close_report(
        &self,
        id: u64,
        by: &UserId,
        action: ReportAction,
        note: Option<String>,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let query = || {
            let query = sqlx::query(CLOSE).bind(signed(id)).bind(by.as_str()).bind(at.unix_ms());
            query.bind(action.as_str()).bind(note.as_deref())
        };
        Ok(!self.pool.write(query, |_| Ok(())).await?.is_empty())
    }
}

fn report(fields: &mut Fields<'_>) -> Result<Report, Fault> {
    let (id, room_id) = (fields.number()?, fields.room_id()?);
    let room = ReportedRoom { id: room_id, name: fields.optional_parsed()?, kind: fields.parsed()? };
    let (reason, comment) = (fields.parsed()?, fields.optional_text()?.map(str::to_owned));
    let (created_at, closed_at) = (fields.time()?, fields.optional_time()?);
    let (action, note) = (fields.optional_parsed()?, fields.optional_text()?.map(str::to_owned));
    let (by, closed_by) = (fields.user()?, fields.optional_user()?);
    let state = if closed_at.is_some() { ReportState::Closed } else { ReportState::Open };
    let message = fields.message(room_id)?;
    Ok(Report {
        id,
        message,
        room,
        by,
        reason,
        comment,
        created_at,
        state,
        closed_by,
        closed_at,
        action,
        note,
    })
}

fn ban(fields: &mut Fields<'_>) -> Result<Ban, Fault> {
    Ok(Ban {
        user: fields.user()?,
        by: fields.user()?,
        reason: fields.optional_text()?.map(str::to_owned),
        until: fields.optional_time()?,
        created_at: fields.time()?,
    })
}
