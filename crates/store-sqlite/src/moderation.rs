//! The port [`Moderation`].

use async_trait::async_trait;
use chinwag_chat::store::{Moderation, Page};
use chinwag_chat::{
    AuditNote, Ban, DirectKey, NewReport, Report, ReportAction, ReportState, ReportedRoom, RoomId,
    StoreError, Timestamp, User, UserId,
};
use rusqlite::params;
use serde_json::json;

use crate::SqliteStore;
use crate::administration::note_down;
use crate::fault::Fault;
use crate::fields::{Fields, limit, signed};
use crate::page::page;
use crate::query::{all, one};

const BANS: &str = "
    SELECT u.id, u.name, u.display_name, u.avatar, u.bot, o.id, o.name, o.display_name, o.avatar, o.bot,
           b.reason, b.until, b.created_at
    FROM bans b JOIN users u ON u.id = b.user JOIN users o ON o.id = b.banned_by
    WHERE b.room = ?1 AND (b.until IS NULL OR b.until > ?2) AND b.user > ?3 ORDER BY b.user LIMIT ?4";

const BLOCKED_BY: &str = "
    SELECT u.id, u.name, u.display_name, u.avatar, u.bot
    FROM blocks b JOIN users u ON u.id = b.blocked WHERE b.user = ?1 ORDER BY u.id LIMIT ?2";

const BLOCKERS_OF: &str = "
    SELECT b.user FROM json_each(?2) q JOIN blocks b ON b.user = q.value AND b.blocked = ?1";

/// In the direct room of `?1` if there is one, member `?2` can write or cannot.
const MARK: &str = "
    UPDATE members SET blocked = ?3
    WHERE room = (SELECT id FROM rooms WHERE direct_key = ?1) AND user = ?2";

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

const REPORT: &str = reports!("r.id = ?1");
const ALL: &str = reports!("r.id < ?1 ORDER BY r.id DESC LIMIT ?2");
const OPEN: &str = reports!("r.id < ?1 AND r.closed_at IS NULL ORDER BY r.id DESC LIMIT ?2");
const CLOSED: &str = reports!("r.id < ?1 AND r.closed_at IS NOT NULL ORDER BY r.id DESC LIMIT ?2");

const CLOSE: &str = "
    UPDATE reports SET closed_by = ?2, closed_at = ?3, action = ?4, note = ?5
    WHERE id = ?1 AND closed_at IS NULL RETURNING room, seq";

#[async_trait]
impl Moderation for SqliteStore {
    async fn bans(
        &self,
        room: RoomId,
        now: Timestamp,
        after: Option<&UserId>,
        items: usize,
    ) -> Result<Page<Ban>, StoreError> {
        // Every id is greater than the empty text.
        let after = after.map_or_else(String::new, ToString::to_string);
        let found = self.readers.read(move |connection| {
            let params = params![room.to_bytes(), now.unix_ms(), after, limit(items.saturating_add(1))];
            all(connection, BANS, params, |mut fields| ban(&mut fields))
        });
        Ok(page(found.await?, items))
    }

    async fn set_block(
        &self,
        user: &UserId,
        other: &UserId,
        is_blocked: bool,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let (user, other) = (user.clone(), other.clone());
        let changed = self.writer.write(move |transaction| {
            let rows = if is_blocked {
                let sql = "INSERT INTO blocks (user, blocked, created_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
                let params = params![user.as_str(), other.as_str(), at.unix_ms()];
                transaction.prepare_cached(sql)?.execute(params)?
            } else {
                let sql = "DELETE FROM blocks WHERE user = ?1 AND blocked = ?2";
                transaction.prepare_cached(sql)?.execute(params![user.as_str(), other.as_str()])?
            };
            let key = DirectKey::of(&user, &other);
            transaction.prepare_cached(MARK)?.execute(params![key.as_str(), other.as_str(), is_blocked])?;
            Ok(rows == 1)
        });
        changed.await
    }

    async fn blocked_by(&self, user: &UserId, items: usize) -> Result<Vec<User>, StoreError> {
        let user = user.clone();
        let found = self.readers.read(move |connection| {
            all(connection, BLOCKED_BY, params![user.as_str(), limit(items)], |mut fields| fields.user())
        });
        found.await
    }

    async fn blockers_of(&self, sender: &UserId, users: &[UserId]) -> Result<Vec<UserId>, StoreError> {
        let sender = sender.clone();
        let users = serde_json::Value::from_iter(users.iter().map(UserId::as_str)).to_string();
        let found = self.readers.read(move |connection| {
            all(connection, BLOCKERS_OF, params![sender.as_str(), users], |mut fields| fields.parsed())
        });
        found.await
    }

    async fn report(&self, report: NewReport) -> Result<bool, StoreError> {
        let kept = self.writer.write(move |transaction| {
            let sql = "INSERT INTO reports (room, seq, reporter, reason, comment, created_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
            let rows = transaction.prepare_cached(sql)?.execute(params![
                report.room.to_bytes(),
                signed(report.seq.0),
                report.by.as_str(),
                report.reason.as_str(),
                report.comment,
                report.created_at.unix_ms(),
            ])?;
            Ok(rows == 1)
        });
        kept.await
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
        let found = self.readers.read(move |connection| {
            let params = params![before.map_or(i64::MAX, signed), limit(items.saturating_add(1))];
            all(connection, sql, params, |mut fields| report(&mut fields))
        });
        Ok(page(found.await?, items))
    }

    async fn report_of(&self, id: u64) -> Result<Option<Report>, StoreError> {
        let found = self.readers.read(move |connection| {
            one(connection, REPORT, params![signed(id)], |mut fields| report(&mut fields))
        });
        found.await
    }

    async fn close_report(
        &self,
        id: u64,
        by: &UserId,
        action: ReportAction,
        note: Option<String>,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let by = by.clone();
        let closed = self.writer.write(move |transaction| {
            let params = params![signed(id), by.as_str(), at.unix_ms(), action.as_str(), note];
            let found = one(transaction, CLOSE, params, |mut fields| Ok((fields.room_id()?, fields.seq()?)))?;
            let Some((room, seq)) = found else { return Ok(false) };
            let details = json!({ "report": id.to_string(), "seq": seq, "action": action });
            let (by, room, details) = (Some(by.clone()), Some(room), Some(details));
            let note = AuditNote { action: "report.closed", by, room, user: None, details };
            note_down(transaction, &note, at)?;
            Ok(true)
        });
        closed.await
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
