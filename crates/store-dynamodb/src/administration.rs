//! The port [`Administration`].

use std::collections::HashMap;

use async_trait::async_trait;
use chinwag_chat::search::{beginning_with, fold};
use chinwag_chat::store::{Administration, CommitError, Page, RoomSummary, Totals};
use chinwag_chat::{
    Account, AccountChange, AuditEntry, AuditNote, Refusal, RoomId, Seq, Standing, StoreError, Timestamp,
    UserId, erased,
};

use crate::DynamoStore;
use crate::audit::{self, AuditRecord};
use crate::flow;
use crate::item::{Item, NewItem};
use crate::keys;
use crate::page;
use crate::people;
use crate::records::{AccountRecord, ListedRoom, RoomRecord};
use crate::table::Range;
use crate::unit::Unit;
use crate::users::ListedAccount;

/// How many listed items are read at once to find some.
const AT_ONCE: usize = 500;

#[async_trait]
impl Administration for DynamoStore {
    async fn standing(&self, user: &UserId) -> Result<Option<Standing>, StoreError> {
        Ok(self.account_record(user).await?.map(|account| account.standing()))
    }

    async fn claim(&self, user: &UserId, at: Timestamp) -> Result<bool, StoreError> {
        let first = self.table.range(&Range::all(keys::BY_AGE).limit(1)).await?;
        let first: Option<UserId> = first.first().map(Item::record).transpose()?;
        if first.as_ref() != Some(user) {
            return Ok(false);
        }
        let change = AccountChange { is_admin: Some(true), is_disabled: None };
        let table = &*self.table;
        let attempt = || async move {
            let mut unit = Unit::new(table);
            apply(&mut unit, user, change, None, at).await?;
            Ok(unit.commit().await?.then_some(true))
        };
        table.until_settled(attempt).await
    }

    async fn account(&self, user: &UserId) -> Result<Option<Account>, StoreError> {
        match self.account_record(user).await? {
            Some(record) => self.told_account(&record).await.map(Some),
            None => Ok(None),
        }
    }

    async fn accounts(
        &self,
        query: &str,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Page<Account>, StoreError> {
        let (first, end) = beginning_with(&fold(query));
        let fits = |text: &String| first <= *text && *text < end;
        let after = after.map(|after| after.as_str().to_owned());
        let wanted = self
            .listed(keys::ALL_ACCOUNTS, after, limit, |account: ListedAccount| {
                account.found_by.iter().any(fits).then_some(account.id)
            })
            .await?;
        let Page { items: ids, has_more } = page::of(wanted, limit);
        let known = people::accounts(&self.table, ids.iter().collect()).await?;
        let records: Vec<&AccountRecord> = ids.iter().filter_map(|id| known.get(id)).collect();
        let items = flow::each(&records, |record| self.told_account(record)).await?;
        Ok(Page { items, has_more })
    }

    async fn change_account(
        &self,
        user: &UserId,
        change: AccountChange,
        by: Option<&UserId>,
        at: Timestamp,
    ) -> Result<(), CommitError> {
        let table = &*self.table;
        let attempt = || async move {
            let mut unit = Unit::new(table);
            let mut whoever = None;
            if let Some(by) = by {
                let account = unit.read::<AccountRecord>(&keys::account(by)).await?;
                whoever = Some(account.ok_or(Refusal::UnknownUser)?.standing());
                unit.pin(keys::account(by));
            }
            change.check(whoever.as_ref(), user)?;
            if !apply(&mut unit, user, change, by, at).await? {
                return Err(CommitError::from(Refusal::UnknownUser));
            }
            Ok(unit.commit().await?.then_some(()))
        };
        table.until_settled(attempt).await
    }

    async fn all_rooms(
        &self,
        query: &str,
        after: Option<RoomId>,
        limit: usize,
    ) -> Result<Page<RoomSummary>, StoreError> {
        let query = fold(query);
        let after = after.map(|after| after.to_string());
        let wanted = self
            .listed(keys::ALL_ROOMS, after, limit, |room: ListedRoom| room.holds(&query).then_some(room.id))
            .await?;
        let Page { items: ids, has_more } = page::of(wanted, limit);
        let records = self.room_records(&ids).await?;
        let known: HashMap<RoomId, RoomRecord> = records.into_iter().map(|room| (room.id, room)).collect();
        let items = ids.iter().filter_map(|id| known.get(id)).map(summary).collect();
        Ok(Page { items, has_more })
    }

    async fn totals(&self) -> Result<Totals, StoreError> {
        let users = self.table.count(&Range::all(keys::ALL_ACCOUNTS)).await?;
        let (mut rooms, mut messages, mut range) = (0, 0, Range::all(keys::ALL_ROOMS).limit(AT_ONCE));
        loop {
            let listed = self.table.range(&range).await?;
            let Some(last) = listed.last() else { break };
            range = range.after(&last.key.sk);
            let mut ids = Vec::with_capacity(listed.len());
            for item in &listed {
                ids.push(item.record::<ListedRoom>()?.id);
            }
            let records = self.room_records(&ids).await?;
            rooms += records.len() as u64;
            messages += records.iter().map(|room| room.seq.0).sum::<u64>();
        }
        Ok(Totals { users, rooms, messages })
    }

    async fn audit(&self, before: Option<u64>, limit: usize) -> Result<Page<AuditEntry>, StoreError> {
        let last = before.map_or(u64::MAX, |before| before.saturating_sub(1));
        let range = Range::between(keys::AUDIT, keys::digits(0), keys::digits(last));
        let found = self.table.range(&range.newest_first().limit(limit.saturating_add(1))).await?;
        let records: Vec<AuditRecord> = found.iter().map(Item::record).collect::<Result<_, _>>()?;
        let Page { items, has_more } = page::of(records, limit);
        let named = items.iter().flat_map(|record| [&record.by, &record.user]).flatten();
        let people = people::accounts(&self.table, named.collect()).await?;
        let known = |id: Option<UserId>| people.get(&id?).map(|account| account.user.clone());
        let entries = items.into_iter().map(|AuditRecord { id, at, action, by, room, user, details }| {
            AuditEntry { id, at, by: known(by), action, room, user: known(user), details }
        });
        Ok(Page { items: entries.collect(), has_more })
    }
}

/// Changes an account and notes what was done; false where there is none.
async fn apply(
    unit: &mut Unit<'_>,
    user: &UserId,
    change: AccountChange,
    by: Option<&UserId>,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let account = unit.read::<AccountRecord>(&keys::account(user)).await?;
    let Some(mut account) = account.filter(|account| !erased::is_nobody(&account.user)) else {
        return Ok(false);
    };
    let (after, done) = change.applied_to(&account.standing());
    (account.is_admin, account.is_disabled) = (after.is_admin, after.is_disabled);
    unit.put(NewItem::of(keys::account(user), &account)?);
    for action in done {
        let (by, user) = (by.cloned(), Some(user.clone()));
        audit::note(unit, &AuditNote { action, by, room: None, user, details: None }, at).await?;
    }
    Ok(true)
}

fn summary(room: &RoomRecord) -> RoomSummary {
    RoomSummary {
        id: room.id,
        kind: room.kind,
        name: room.name.clone(),
        member_count: room.member_count,
        head_seq: room.seq,
        created_at: room.created_at,
        last_message_at: (room.seq > Seq::ZERO).then_some(room.active_at),
    }
}

impl DynamoStore {
    async fn told_account(&self, record: &AccountRecord) -> Result<Account, StoreError> {
        let rooms = Range::beginning(keys::user_partition(&record.user.id), keys::ROOMS_OF);
        Ok(Account {
            user: record.user.clone(),
            created_at: record.created_at,
            is_admin: record.is_admin,
            is_disabled: record.is_disabled,
            last_seen_at: self.last_seen_at(&record.user.id).await?,
            rooms: self.table.count(&rooms).await?,
        })
    }

    /// What is wanted of a list, in its order: one more than the limit where there is more.
    async fn listed<R: serde::de::DeserializeOwned, T>(
        &self,
        list: &str,
        after: Option<String>,
        limit: usize,
        wanted: impl Fn(R) -> Option<T> + Send + Sync,
    ) -> Result<Vec<T>, StoreError>
    where
        T: Send,
    {
        let mut found = Vec::new();
        let mut range = Range::all(list).limit(AT_ONCE);
        if let Some(after) = after {
            range = range.after(&after);
        }
        loop {
            let listed = self.table.range(&range).await?;
            for item in &listed {
                found.extend(wanted(item.record()?));
            }
            match listed.last() {
                Some(last) if listed.len() >= AT_ONCE && found.len() <= limit => {
                    range = range.after(&last.key.sk);
                }
                _ => return Ok(found),
            }
        }
    }
}
