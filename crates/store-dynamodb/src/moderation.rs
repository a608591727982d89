//! The port [`Moderation`].

use async_trait::async_trait;
use chinwag_chat::store::{Moderation, Page};
use chinwag_chat::{
    AuditNote, Ban, DirectKey, NewBan, NewReport, Report, ReportAction, ReportReason, ReportState,
    ReportedRoom, RoomId, Seq, StoreError, Timestamp, User, UserId,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::DynamoStore;
use crate::audit::{next_of, note as note_deed};
use crate::item::{Key, NewItem};
use crate::keys;
use crate::page;
use crate::people;
use crate::people::parsed;
use crate::records::{MemberRecord, MessageRecord, RoomRecord};
use crate::table::Range;
use crate::unit::Unit;

/// How many reports or bans are read at once to find some.
const AT_ONCE: usize = 200;

/// Somebody who is kept out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BanRecord {
    user: UserId,
    by: UserId,
    reason: Option<String>,
    pub(crate) until: Option<Timestamp>,
    created_at: Timestamp,
}

impl BanRecord {
    pub(crate) fn of(ban: &NewBan) -> Self {
        let NewBan { user, by, reason, until, created_at } = ban.clone();
        Self { user, by, reason, until, created_at }
    }
}

/// A report, and what became of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ReportRecord {
    id: u64,
    room: RoomId,
    seq: Seq,
    pub(crate) by: UserId,
    reason: ReportReason,
    pub(crate) comment: Option<String>,
    created_at: Timestamp,
    closed: Option<Closed>,
}

/// What became of a report.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Closed {
    by: UserId,
    at: Timestamp,
    action: ReportAction,
    note: Option<String>,
}

impl ReportRecord {
    const fn state(&self) -> ReportState {
        if self.closed.is_some() { ReportState::Closed } else { ReportState::Open }
    }
}

#[async_trait]
impl Moderation for DynamoStore {
    async fn bans(
        &self,
        room: RoomId,
        now: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Page<Ban>, StoreError> {
        let mut in_force: Vec<BanRecord> = Vec::new();
        let mut range = Range::beginning(keys::room_partition(room), keys::BANS).limit(AT_ONCE);
        if let Some(after) = after {
            range = range.after(&keys::ban(room, after).sk);
        }
        loop {
            let found = self.table.range(&range).await?;
            for item in &found {
                let ban: BanRecord = item.record()?;
                if ban.until.is_none_or(|until| until > now) {
                    in_force.push(ban);
                }
            }
            match found.last() {
                Some(last) if found.len() >= AT_ONCE && in_force.len() <= limit => {
                    range = range.after(&last.key.sk);
                }
                _ => break,
            }
        }
        let named = in_force.iter().flat_map(|ban| [&ban.user, &ban.by]);
        let people = people::accounts(&self.table, named.collect()).await?;
        let user = |id: &UserId| people.get(id).map(|account| account.user.clone());
        let told = in_force.into_iter().filter_map(|ban| {
            let BanRecord { reason, until, created_at, .. } = &ban;
            let (reason, until, created_at) = (reason.clone(), *until, *created_at);
            Some(Ban { user: user(&ban.user)?, by: user(&ban.by)?, reason, until, created_at })
        });
        Ok(page::of(told.collect(), limit))
    }

    async fn set_block(
        &self,
        user: &UserId,
        other: &UserId,
        is_blocked: bool,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let table = &*self.table;
        let attempt = || async move {
            let mut unit = Unit::new(table);
            let (block, direct) = (keys::block(user, other), keys::direct(&DirectKey::of(user, other)));
            let back = keys::blocked_by(other, user);
            unit.fetch([block.clone(), direct.clone(), back.clone()]).await?;
            let was_blocked = unit.has(&block).await?;
            if is_blocked {
                unit.put(NewItem::of(back, user)?);
                unit.put(NewItem::of(block, &at)?);
            } else {
                unit.delete(&block);
                unit.delete(&back);
            }
            if let Some(room) = unit.read::<RoomId>(&direct).await? {
                block_in_room(&mut unit, room, other, is_blocked).await?;
            }
            // A direct room that is made at this moment must know of it.
            unit.pin(direct);
            Ok(unit.commit().await?.then_some(was_blocked != is_blocked))
        };
        table.until_settled(attempt).await
    }

    async fn blocked_by(&self, user: &UserId, limit: usize) -> Result<Vec<User>, StoreError> {
        let range = Range::beginning(keys::user_partition(user), keys::BLOCKS).limit(limit);
        let found = self.table.range(&range).await?;
        let ids = found.iter().map(|item| parsed(item.key.sk.strip_prefix(keys::BLOCKS).unwrap_or_default()));
        people::users(&self.table, &ids.collect::<Result<Vec<_>, _>>()?).await
    }

    async fn blockers_of(&self, sender: &UserId, users: &[UserId]) -> Result<Vec<UserId>, StoreError> {
        let keys: Vec<Key> = users.iter().map(|user| keys::block(user, sender)).collect();
        let found = self.table.get_many(&keys).await?;
        let blocks = |key: &Key| found.iter().any(|item| item.key == *key);
        Ok(users.iter().zip(&keys).filter(|(_, key)| blocks(key)).map(|(user, _)| user.clone()).collect())
    }

    async fn report(&self, report: NewReport) -> Result<bool, StoreError> {
        let (report, table) = (&report, &*self.table);
        let attempt = || async move {
            let NewReport { room, seq, by, reason, comment, created_at } = report.clone();
            let mut unit = Unit::new(table);
            let once = keys::reported(room, seq, &by);
            if unit.has(&once).await? {
                return Ok(Some(false));
            }
            let id = next_of(&mut unit, keys::REPORTS).await?;
            unit.put(NewItem::of(once, &id)?);
            let record = ReportRecord { id, room, seq, by, reason, comment, created_at, closed: None };
            unit.put(NewItem::of(keys::report(id), &record)?);
            Ok(unit.commit().await?.then_some(true))
        };
        table.until_settled(attempt).await
    }

    async fn reports(
        &self,
        state: Option<ReportState>,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Page<Report>, StoreError> {
        let mut reports = Vec::new();
        let mut last = before.map_or(u64::MAX, |before| before.saturating_sub(1));
        loop {
            let range = Range::between(keys::REPORTS, keys::digits(0), keys::digits(last));
            let found = self.table.range(&range.newest_first().limit(AT_ONCE)).await?;
            let Some(oldest) = found.last() else { break };
            last = parsed::<u64>(&oldest.key.sk)?.saturating_sub(1);
            for item in &found {
                let record: ReportRecord = item.record()?;
                if state.is_none_or(|state| record.state() == state) && reports.len() <= limit {
                    reports.extend(self.told_report(record).await?);
                }
            }
            if reports.len() > limit || found.len() < AT_ONCE {
                break;
            }
        }
        Ok(page::of(reports, limit))
    }

    async fn report_of(&self, id: u64) -> Result<Option<Report>, StoreError> {
        match self.table.get(&keys::report(id)).await? {
            Some(item) => self.told_report(item.record()?).await,
            None => Ok(None),
        }
    }

    async fn close_report(
        &self,
        id: u64,
        by: &UserId,
        action: ReportAction,
        note: Option<String>,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let (note, table) = (&note, &*self.table);
        let attempt = || async move {
            let mut unit = Unit::new(table);
            let record = unit.read::<ReportRecord>(&keys::report(id)).await?;
            let open = record.filter(|record| record.closed.is_none());
            let Some(mut record) = open else { return Ok(Some(false)) };
            record.closed = Some(Closed { by: by.clone(), at, action, note: note.clone() });
            unit.put(NewItem::of(keys::report(id), &record)?);
            let details = json!({ "report": id.to_string(), "seq": record.seq, "action": action });
            let (by, room, details) = (Some(by.clone()), Some(record.room), Some(details));
            let deed = AuditNote { action: "report.closed", by, room, user: None, details };
            note_deed(&mut unit, &deed, at).await?;
            Ok(unit.commit().await?.then_some(true))
        };
        table.until_settled(attempt).await
    }
}

/// In their direct room the other one can write no more, or can again.
pub(crate) async fn block_in_room(
    unit: &mut Unit<'_>,
    room: RoomId,
    other: &UserId,
    is_blocked: bool,
) -> Result<(), StoreError> {
    let key = keys::member(room, other);
    unit.fetch([keys::room(room), key.clone()]).await?;
    // The room is written too, as it is: what is decided on it at this moment is decided anew.
    if let Some(record) = unit.read::<RoomRecord>(&keys::room(room)).await? {
        unit.put(record.item()?);
    }
    if let Some(mut member) = unit.read::<MemberRecord>(&key).await? {
        member.is_blocked = is_blocked;
        unit.put(NewItem::of(key, &member)?);
    }
    Ok(())
}

impl DynamoStore {
    /// A report with what it is about; nothing where that is gone.
    async fn told_report(&self, record: ReportRecord) -> Result<Option<Report>, StoreError> {
        let Some(room) = self.room_records(&[record.room]).await?.pop() else { return Ok(None) };
        let message = self.table.get(&keys::message(record.room, record.seq)).await?;
        let Some(message) = message else { return Ok(None) };
        let MessageRecord { message, .. } = message.record()?;
        let named = [Some(&record.by), record.closed.as_ref().map(|closed| &closed.by)];
        let people = people::accounts(&self.table, named.into_iter().flatten().collect()).await?;
        let user = |id: &UserId| people.get(id).map(|account| account.user.clone());
        let Some(by) = user(&record.by) else { return Ok(None) };
        let state = record.state();
        let closed = record.closed.as_ref();
        Ok(Some(Report {
            id: record.id,
            message,
            room: ReportedRoom { id: room.id, name: room.name, kind: room.kind },
            by,
            reason: record.reason,
            comment: record.comment,
            created_at: record.created_at,
            state,
            closed_by: closed.and_then(|closed| user(&closed.by)),
            closed_at: closed.map(|closed| closed.at),
            action: closed.map(|closed| closed.action),
            note: closed.and_then(|closed| closed.note.clone()),
        }))
    }
}
