//! The port [`Administration`].

use async_trait::async_trait;
use chinwag_chat::search::{beginning_with, fold};
use chinwag_chat::store::{Administration, CommitError, Page, RoomSummary, Totals};
use chinwag_chat::{
    Account, AccountChange, AuditEntry, AuditNote, Refusal, RoomId, Seq, Standing, StoreError, Timestamp,
    UserId, erased,
};
use rusqlite::{Connection, params};

use crate::SqliteStore;
use crate::fault::Fault;
use crate::fields::{Fields, limit, signed};
use crate::page::page;
use crate::query::{all, one};

const STANDING: &str = "
    SELECT id, name, display_name, avatar, bot, admin, disabled FROM users WHERE id = ?1";

/// Whether somebody was there before user `?1`. Ids rise with time as a rule, so the first row of others nearly always tells.
const IS_FIRST: &str = "
    SELECT 1 FROM users u WHERE u.id = ?1 AND NOT EXISTS (
        SELECT 1 FROM users o WHERE o.created_at < u.created_at OR (o.created_at = u.created_at AND o.id < u.id))";

/// Accounts of which something is true; the fields are those of [`account`].
macro_rules! accounts {
    ($which:literal) => {
        concat!(
            "SELECT u.id, u.name, u.display_name, u.avatar, u.bot, u.created_at, u.admin, u.disabled,
                    (SELECT max(s.last_seen_at) FROM sessions s WHERE s.user = u.id),
                    (SELECT count(*) FROM members m WHERE m.user = u.id)
             FROM users u WHERE ",
            $which
        )
    };
}

const ACCOUNT: &str = accounts!("u.id = ?1");
const ACCOUNTS: &str = accounts!(
    "u.id > ?1 AND u.erased_at IS NULL AND ((u.name >= ?2 AND u.name < ?3) OR (u.display_folded >= ?2 AND u.display_folded < ?3))
     ORDER BY u.id LIMIT ?4"
);

/// Rooms after `?1` whose name holds all texts of the JSON array `?2`.
const ROOMS: &str = "
    SELECT id, kind, name, member_count, head_seq, created_at, active_at FROM rooms
    WHERE id > ?1 AND NOT EXISTS (
        SELECT 1 FROM json_each(?2) w WHERE instr(coalesce(name_folded, ''), w.value) = 0)
    ORDER BY id LIMIT ?3";

const TOTALS: &str = "
    SELECT (SELECT count(*) FROM users), count(*), coalesce(sum(head_seq), 0) FROM rooms";

const AUDIT: &str = "
    SELECT a.id, a.at, b.id, b.name, b.display_name, b.avatar, b.bot, a.action, a.room,
           u.id, u.name, u.display_name, u.avatar, u.bot, a.details
    FROM audit a LEFT JOIN users b ON b.id = a.acted_by LEFT JOIN users u ON u.id = a.user
    WHERE a.id < ?1 ORDER BY a.id DESC LIMIT ?2";

#[async_trait]
impl Administration for SqliteStore {
    async fn standing(&self, user: &UserId) -> Result<Option<Standing>, StoreError> {
        let user = user.clone();
        self.look_ups.ask(move |connection| standing(connection, &user)).await
    }

    async fn claim(&self, user: &UserId, at: Timestamp) -> Result<bool, StoreError> {
        let user = user.clone();
        let claimed = self.writer.write(move |transaction| {
            if one(transaction, IS_FIRST, params![user.as_str()], |_| Ok(()))?.is_none() {
                return Ok(false);
            }
            let Some(before) = standing(transaction, &user)? else { return Ok(false) };
            let change = AccountChange { is_admin: Some(true), is_disabled: None };
            apply(transaction, &before, change, None, at)?;
            Ok(true)
        });
        claimed.await
    }

    async fn account(&self, user: &UserId) -> Result<Option<Account>, StoreError> {
        let user = user.clone();
        let found = self.readers.read(move |connection| {
            one(connection, ACCOUNT, params![user.as_str()], |mut fields| account(&mut fields))
        });
        found.await
    }

    async fn accounts(
        &self,
        query: &str,
        after: Option<&UserId>,
        items: usize,
    ) -> Result<Page<Account>, StoreError> {
        let (first, end) = beginning_with(&fold(query));
        // Every id is greater than the empty text.
        let after = after.map_or_else(String::new, ToString::to_string);
        let found = self.readers.read(move |connection| {
            let params = params![after, first, end, limit(items.saturating_add(1))];
            all(connection, ACCOUNTS, params, |mut fields| account(&mut fields))
        });
        Ok(page(found.await?, items))
    }

    async fn change_account(
        &self,
        user: &UserId,
        change: AccountChange,
        by: Option<&UserId>,
        at: Timestamp,
    ) -> Result<(), CommitError> {
        let (user, by) = (user.clone(), by.cloned());
        let changed = self.writer.write(move |transaction| {
            let whoever = match &by {
                None => None,
                Some(by) => match standing(transaction, by)? {
                    None => return Ok(Err(Refusal::UnknownUser)),
                    known => known,
                },
            };
            if let Err(refusal) = change.check(whoever.as_ref(), &user) {
                return Ok(Err(refusal));
            }
            let known = standing(transaction, &user)?.filter(|known| !erased::is_nobody(&known.user));
            let Some(before) = known else { return Ok(Err(Refusal::UnknownUser)) };
            apply(transaction, &before, change, by.as_ref(), at)?;
            Ok(Ok(()))
        });
        Ok(changed.await??)
    }

    async fn all_rooms(
        &self,
        query: &str,
        after: Option<RoomId>,
        items: usize,
    ) -> Result<Page<RoomSummary>, StoreError> {
        let words = serde_json::Value::from_iter(fold(query).split_whitespace()).to_string();
        let found = self.readers.read(move |connection| {
            let after: &[u8] = &after.map(RoomId::to_bytes).map_or_else(Vec::new, Vec::from);
            let params = params![after, words, limit(items.saturating_add(1))];
            all(connection, ROOMS, params, |mut fields| summary(&mut fields))
        });
        Ok(page(found.await?, items))
    }

    async fn totals(&self) -> Result<Totals, StoreError> {
        let totals = self.readers.read(|connection| {
            one(connection, TOTALS, [], |mut fields| {
                Ok(Totals { users: fields.number()?, rooms: fields.number()?, messages: fields.number()? })
            })
        });
        Ok(totals.await?.unwrap_or_default())
    }

    async fn audit(&self, before: Option<u64>, items: usize) -> Result<Page<AuditEntry>, StoreError> {
        let found = self.readers.read(move |connection| {
            let before = before.map_or(i64::MAX, signed);
            all(connection, AUDIT, params![before, limit(items.saturating_add(1))], |mut f| entry(&mut f))
        });
        Ok(page(found.await?, items))
    }
}

pub(crate) fn standing(connection: &Connection, user: &UserId) -> Result<Option<Standing>, Fault> {
    one(connection, STANDING, params![user.as_str()], |mut fields| {
        Ok(Standing { user: fields.user()?, is_admin: fields.flag()?, is_disabled: fields.flag()? })
    })
}

/// Changes an account and notes what was done.
fn apply(
    transaction: &Connection,
    before: &Standing,
    change: AccountChange,
    by: Option<&UserId>,
    at: Timestamp,
) -> Result<(), Fault> {
    let (after, done) = change.applied_to(before);
    let user = &after.user.id;
    transaction
        .prepare_cached("UPDATE users SET admin = ?2, disabled = ?3 WHERE id = ?1")?
        .execute(params![user.as_str(), after.is_admin, after.is_disabled])?;
    for action in done {
        let note = AuditNote { action, by: by.cloned(), room: None, user: Some(user.clone()), details: None };
        note_down(transaction, &note, at)?;
    }
    Ok(())
}

/// Notes what was done.
pub(crate) fn note_down(transaction: &Connection, note: &AuditNote, at: Timestamp) -> Result<(), Fault> {
    transaction
        .prepare_cached(
            "INSERT INTO audit (at, acted_by, action, room, user, details) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            at.unix_ms(),
            note.by.as_ref().map(UserId::as_str),
            note.action,
            note.room.map(RoomId::to_bytes),
            note.user.as_ref().map(UserId::as_str),
            note.details.as_ref().map(ToString::to_string),
        ])?;
    Ok(())
}

fn account(fields: &mut Fields<'_>) -> Result<Account, Fault> {
    Ok(Account {
        user: fields.user()?,
        created_at: fields.time()?,
        is_admin: fields.flag()?,
        is_disabled: fields.flag()?,
        last_seen_at: fields.optional_time()?,
        rooms: fields.number()?,
    })
}

fn summary(fields: &mut Fields<'_>) -> Result<RoomSummary, Fault> {
    let (id, kind, name) = (fields.room_id()?, fields.parsed()?, fields.optional_parsed()?);
    let (member_count, head_seq) = (fields.number()?, fields.seq()?);
    let (created_at, active_at) = (fields.time()?, fields.time()?);
    let last_message_at = (head_seq > Seq::ZERO).then_some(active_at);
    Ok(RoomSummary { id, kind, name, member_count, head_seq, created_at, last_message_at })
}

fn entry(fields: &mut Fields<'_>) -> Result<AuditEntry, Fault> {
    Ok(AuditEntry {
        id: fields.number()?,
        at: fields.time()?,
        by: fields.optional_user()?,
        action: fields.text()?.to_owned(),
        room: fields.optional_room_id()?,
        user: fields.optional_user()?,
        details: fields.optional_json()?,
    })
}
