//! The port [`Administration`].

use std::collections::BTreeMap;

use async_trait::async_trait;
use chinwag_chat::search::{beginning_with, fold};
use chinwag_chat::store::{Administration, CommitError, Page, RoomSummary, Totals};
use chinwag_chat::{
    Account, AccountChange, AuditEntry, AuditNote, Refusal, RoomId, Seq, Standing, StoreError, Timestamp,
    UserId, erased,
};

use crate::MemoryStore;
use crate::tables::{RoomTable, Tables, UserTable};

#[async_trait]
impl Administration for MemoryStore {
    async fn standing(&self, user: &UserId) -> Result<Option<Standing>, StoreError> {
        Ok(self.tables.read().users.get(user).map(UserTable::standing))
    }

    async fn claim(&self, user: &UserId, at: Timestamp) -> Result<bool, StoreError> {
        let mut tables = self.tables.write();
        let first = tables.users.values().min_by_key(|table| (table.created_at, &table.user.id));
        if first.is_none_or(|first| first.user.id != *user) {
            return Ok(false);
        }
        let change = AccountChange { is_admin: Some(true), is_disabled: None };
        apply(&mut tables, user, change, None, at);
        Ok(true)
    }

    async fn account(&self, user: &UserId) -> Result<Option<Account>, StoreError> {
        let tables = self.tables.read();
        Ok(tables.users.get(user).map(|table| account(&tables, table)))
    }

    async fn accounts(
        &self,
        query: &str,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Page<Account>, StoreError> {
        let tables = self.tables.read();
        let (first, end) = beginning_with(&fold(query));
        let fits = |text: &str| first.as_str() <= text && text < end.as_str();
        let by_id: BTreeMap<&UserId, &UserTable> = tables.users.iter().collect();
        let wanted = by_id.into_values().filter(|table| {
            let user = &table.user;
            after.is_none_or(|after| user.id > *after)
                && !erased::is_nobody(user)
                && (fits(user.name.as_str()) || fits(&fold(user.display_name.as_str())))
        });
        Ok(page(wanted.map(|table| account(&tables, table)), limit))
    }

    async fn change_account(
        &self,
        user: &UserId,
        change: AccountChange,
        by: Option<&UserId>,
        at: Timestamp,
    ) -> Result<(), CommitError> {
        let mut tables = self.tables.write();
        let whoever = by.map(|by| tables.users.get(by).map(UserTable::standing).ok_or(Refusal::UnknownUser));
        change.check(whoever.transpose()?.as_ref(), user)?;
        if tables.user(user).is_none_or(erased::is_nobody) {
            return Err(Refusal::UnknownUser.into());
        }
        apply(&mut tables, user, change, by, at);
        Ok(())
    }

    async fn all_rooms(
        &self,
        query: &str,
        after: Option<RoomId>,
        limit: usize,
    ) -> Result<Page<RoomSummary>, StoreError> {
        let tables = self.tables.read();
        let query = fold(query);
        let by_id: BTreeMap<&RoomId, &RoomTable> = tables.rooms.iter().collect();
        let wanted = by_id.into_iter().filter(|(id, table)| {
            let name = table.room.name.as_ref().map(|name| fold(name.as_str())).unwrap_or_default();
            after.is_none_or(|after| **id > after) && query.split_whitespace().all(|word| name.contains(word))
        });
        Ok(page(wanted.map(|(_, table)| summary(table)), limit))
    }

    async fn totals(&self) -> Result<Totals, StoreError> {
        let tables = self.tables.read();
        let messages = tables.rooms.values().map(|table| table.room.head.seq.0).sum();
        Ok(Totals { users: tables.users.len() as u64, rooms: tables.rooms.len() as u64, messages })
    }

    async fn audit(&self, before: Option<u64>, limit: usize) -> Result<Page<AuditEntry>, StoreError> {
        let tables = self.tables.read();
        let numbered = tables.audit.iter().rev().zip((1..=tables.audit.len() as u64).rev());
        let wanted = numbered.filter(|(_, id)| before.is_none_or(|before| *id < before));
        let entries = wanted.map(|((at, note), id)| entry(&tables, id, *at, note));
        Ok(page(entries, limit))
    }
}

/// Changes an account and notes what was done.
fn apply(tables: &mut Tables, user: &UserId, change: AccountChange, by: Option<&UserId>, at: Timestamp) {
    let Some(table) = tables.users.get_mut(user) else { return };
    let (after, done) = change.applied_to(&table.standing());
    (table.is_admin, table.is_disabled) = (after.is_admin, after.is_disabled);
    let note =
        |action| AuditNote { action, by: by.cloned(), room: None, user: Some(user.clone()), details: None };
    tables.audit.extend(done.into_iter().map(|action| (at, note(action))));
}

fn account(tables: &Tables, table: &UserTable) -> Account {
    let theirs = tables.sessions.values().filter(|(session, _)| session.user.id == table.user.id);
    Account {
        user: table.user.clone(),
        created_at: table.created_at,
        is_admin: table.is_admin,
        is_disabled: table.is_disabled,
        last_seen_at: theirs.map(|(session, _)| session.last_seen_at).max(),
        rooms: table.rooms.len() as u64,
    }
}

fn summary(table: &RoomTable) -> RoomSummary {
    let room = &table.room;
    RoomSummary {
        id: room.id,
        kind: room.kind,
        name: room.name.clone(),
        member_count: room.member_count,
        head_seq: room.head.seq,
        created_at: room.created_at,
        last_message_at: (room.head.seq > Seq::ZERO).then_some(room.active_at),
    }
}

fn entry(tables: &Tables, id: u64, at: Timestamp, note: &AuditNote) -> AuditEntry {
    let known = |user: &Option<UserId>| user.as_ref().and_then(|id| tables.user(id)).cloned();
    AuditEntry {
        id,
        at,
        by: known(&note.by),
        action: note.action.to_owned(),
        room: note.room,
        user: known(&note.user),
        details: note.details.clone(),
    }
}

/// The first items, and whether there are more.
pub(crate) fn page<T>(mut items: impl Iterator<Item = T>, limit: usize) -> Page<T> {
    let first = items.by_ref().take(limit).collect();
    Page { items: first, has_more: items.next().is_some() }
}
