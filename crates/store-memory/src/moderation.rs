//! The port [`Moderation`].

use async_trait::async_trait;
use chinwag_chat::store::{Moderation, Page};
use chinwag_chat::{
    AuditNote, Ban, DirectKey, NewReport, Report, ReportAction, ReportState, ReportedRoom, RoomId,
    StoreError, Timestamp, User, UserId,
};
use serde_json::json;

use crate::MemoryStore;
use crate::administration::page;
use crate::tables::{Closed, ReportRow, Tables};

#[async_trait]
impl Moderation for MemoryStore {
    async fn bans(
        &self,
        room: RoomId,
        now: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Page<Ban>, StoreError> {
        let tables = self.tables.read();
        let bans = tables.rooms.get(&room).into_iter().flat_map(|table| table.bans.values());
        let wanted = bans.filter(|ban| {
            after.is_none_or(|after| ban.user > *after) && ban.until.is_none_or(|until| until > now)
        });
        let told = wanted.filter_map(|ban| {
            Some(Ban {
                user: tables.user(&ban.user)?.clone(),
                by: tables.user(&ban.by)?.clone(),
                reason: ban.reason.clone(),
                until: ban.until,
                created_at: ban.created_at,
            })
        });
        Ok(page(told, limit))
    }

    async fn set_block(
        &self,
        user: &UserId,
        other: &UserId,
        is_blocked: bool,
        _at: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tables = self.tables.write();
        let pair = (user.clone(), other.clone());
        let changed = if is_blocked { tables.blocks.insert(pair) } else { tables.blocks.remove(&pair) };
        let direct = tables.direct_rooms.get(&DirectKey::of(user, other)).copied();
        let table = direct.and_then(|id| tables.rooms.get_mut(&id));
        if let Some(member) = table.and_then(|table| table.members.get_mut(other)) {
            member.is_blocked = is_blocked;
        }
        Ok(changed)
    }

    async fn blocked_by(&self, user: &UserId, limit: usize) -> Result<Vec<User>, StoreError> {
        let tables = self.tables.read();
        let theirs = tables.blocks.iter().filter(|(by, _)| by == user);
        Ok(theirs.filter_map(|(_, other)| tables.user(other)).take(limit).cloned().collect())
    }

    async fn blockers_of(&self, sender: &UserId, users: &[UserId]) -> Result<Vec<UserId>, StoreError> {
        let tables = self.tables.read();
        Ok(users.iter().filter(|user| tables.is_blocked(user, sender)).cloned().collect())
    }

    async fn report(&self, report: NewReport) -> Result<bool, StoreError> {
        let mut tables = self.tables.write();
        let key = |report: &NewReport| (report.room, report.seq, report.by.clone());
        let is_new = tables.reports.iter().all(|row| key(&row.report) != key(&report));
        if is_new {
            tables.reports.push(ReportRow { report, closed: None });
        }
        Ok(is_new)
    }

    async fn reports(
        &self,
        state: Option<ReportState>,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Page<Report>, StoreError> {
        let tables = self.tables.read();
        let numbered = tables.reports.iter().rev().zip((1..=tables.reports.len() as u64).rev());
        let wanted = numbered.filter(|(_, id)| before.is_none_or(|before| *id < before));
        let told = wanted.filter_map(|(row, id)| told(&tables, id, row));
        Ok(page(told.filter(|report| state.is_none_or(|state| report.state == state)), limit))
    }

    async fn report_of(&self, id: u64) -> Result<Option<Report>, StoreError> {
        let tables = self.tables.read();
        let place = usize::try_from(id).ok().and_then(|id| id.checked_sub(1));
        let row = place.and_then(|place| tables.reports.get(place));
        Ok(row.and_then(|row| told(&tables, id, row)))
    }

    async fn close_report(
        &self,
        id: u64,
        by: &UserId,
        action: ReportAction,
        note: Option<String>,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tables = self.tables.write();
        let place = usize::try_from(id).ok().and_then(|id| id.checked_sub(1));
        let row = place.and_then(|place| tables.reports.get_mut(place));
        let Some(row) = row.filter(|row| row.closed.is_none()) else { return Ok(false) };
        row.closed = Some(Closed { by: by.clone(), at, action, note });
        let details = json!({ "report": id.to_string(), "seq": row.report.seq, "action": action });
        let (by, room, details) = (Some(by.clone()), Some(row.report.room), Some(details));
        tables.audit.push((at, AuditNote { action: "report.closed", by, room, user: None, details }));
        Ok(true)
    }
}

fn told(tables: &Tables, id: u64, row: &ReportRow) -> Option<Report> {
    let ReportRow { report, closed } = row;
    let table = tables.rooms.get(&report.room)?;
    let room = &table.room;
    Some(Report {
        id,
        message: table.message(report.seq)?.clone(),
        room: ReportedRoom { id: room.id, name: room.name.clone(), kind: room.kind },
        by: tables.user(&report.by)?.clone(),
        reason: report.reason,
        comment: report.comment.clone(),
        created_at: report.created_at,
        state: if closed.is_some() { ReportState::Closed } else { ReportState::Open },
        closed_by: closed.as_ref().and_then(|closed| tables.user(&closed.by)).cloned(),
        closed_at: closed.as_ref().map(|closed| closed.at),
        action: closed.as_ref().map(|closed| closed.action),
        note: closed.as_ref().and_then(|closed| closed.note.clone()),
    })
}
