//! The port [`Sessions`].

use std::cmp::Reverse;
use std::collections::HashMap;

use async_trait::async_trait;
use chinwag_chat::store::Sessions;
use chinwag_chat::{Session, SessionId, StoreError, Timestamp, TokenHash, UserId};

use crate::DynamoStore;
use crate::flow;
use crate::item::{Item, Key, NewItem};
use crate::keys;
use crate::people;
use crate::people::parsed;
use crate::push::{self, DeviceRecord};
use crate::records::{AccountRecord, SessionRecord};
use crate::table::{Range, Table};
use crate::unit::Unit;

/// How many sessions are looked at to forget those that ended, at once.
const AT_ONCE: usize = 500;

impl SessionRecord {
    fn item(&self) -> Result<NewItem, StoreError> {
        let item = NewItem::of(keys::session(self.id), self)?;
        Ok(item.indexed(keys::used(self.id, self.last_seen_at)).expiring(self.expires_at))
    }

    fn session(&self, account: &AccountRecord) -> Session {
        Session {
            id: self.id,
            user: account.user.clone(),
            device: self.device.clone(),
            created_at: self.created_at,
            last_seen_at: self.last_seen_at,
            expires_at: self.expires_at,
        }
    }
}

#[async_trait]
impl Sessions for DynamoStore {
    async fn create_session(&self, session: &Session, token: TokenHash) -> Result<(), StoreError> {
        let Session { id, user, device, created_at, last_seen_at, expires_at } = session.clone();
        let mut unit = Unit::new(&self.table);
        let lead = |key| Ok::<_, StoreError>(NewItem::of(key, &id)?.expiring(expires_at));
        unit.replace(lead(keys::token(&token))?);
        unit.replace(lead(keys::session_of(&user.id, id))?);
        let (user, token) = (user.id, token.0);
        let record = SessionRecord { id, user, token, device, created_at, last_seen_at, expires_at };
        unit.replace(record.item()?);
        unit.commit().await.map(drop)
    }

    async fn session_by_token(&self, token: TokenHash) -> Result<Option<Session>, StoreError> {
        let Some(item) = self.table.get(&keys::token(&token)).await? else { return Ok(None) };
        self.session(item.record()?).await
    }

    async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        Ok(self.sessions_by_id(&[id]).await?.pop())
    }

    async fn sessions_by_id(&self, ids: &[SessionId]) -> Result<Vec<Session>, StoreError> {
        let records = self.session_records(ids).await?;
        let mut sessions = self.told(&records).await?;
        sessions.retain(|(_, account)| !account.is_disabled);
        Ok(sessions.into_iter().map(|(session, _)| session).collect())
    }

    async fn sessions(&self, user: Option<&UserId>, limit: usize) -> Result<Vec<Session>, StoreError> {
        let ids = match user {
            Some(user) => self.session_ids_of(user).await?,
            None => self.newest_sessions(limit).await?,
        };
        let records = self.session_records(&ids).await?;
        let told = self.told(&records).await?;
        let mut sessions: Vec<Session> = told.into_iter().map(|(session, _)| session).collect();
        sessions.sort_unstable_by_key(|session| (Reverse(session.last_seen_at), session.id));
        sessions.truncate(limit);
        Ok(sessions)
    }

    async fn touch_sessions(&self, ids: &[SessionId], at: Timestamp) -> Result<(), StoreError> {
        let table = &*self.table;
        let touched = flow::each(ids, |id| {
            table.until_settled(move || async move {
                let mut unit = Unit::new(table);
                if let Some(mut record) = unit.read::<SessionRecord>(&keys::session(*id)).await?
                    && record.last_seen_at < at
                {
                    record.last_seen_at = at;
                    unit.put(record.item()?);
                }
                Ok(unit.commit().await?.then_some(()))
            })
        });
        touched.await.map(drop)
    }

    async fn delete_session(&self, id: SessionId) -> Result<bool, StoreError> {
        self.end_session(id, |_| true).await
    }

    async fn delete_expired_sessions(
        &self,
        now: Timestamp,
        unused_since: Timestamp,
    ) -> Result<u64, StoreError> {
        let has_ended =
            |record: &SessionRecord| record.expires_at <= now || record.last_seen_at <= unused_since;
        let mut count = 0;
        for shard in 0..keys::SESSION_SHARDS {
            let all = self.table.indexed(&Range::all(keys::used_partition(shard))).await?;
            for some in all.chunks(AT_ONCE) {
                let some: Vec<Key> = some.iter().map(|(_, key)| key.clone()).collect();
                for item in self.table.get_many(&some).await? {
                    let record: SessionRecord = item.record()?;
                    if has_ended(&record) && self.end_session(record.id, has_ended).await? {
                        count += 1;
                    }
                }
            }
        }
        Ok(count)
    }
}

impl DynamoStore {
    /// When a user last used any of their sessions.
    pub(crate) async fn last_seen_at(&self, user: &UserId) -> Result<Option<Timestamp>, StoreError> {
        let ids = self.session_ids_of(user).await?;
        let records = self.session_records(&ids).await?;
        Ok(records.iter().map(|record| record.last_seen_at).max())
    }

    pub(crate) async fn session_ids_of(&self, user: &UserId) -> Result<Vec<SessionId>, StoreError> {
        let range = Range::beginning(keys::user_partition(user), keys::SESSIONS_OF);
        self.table.range(&range).await?.iter().map(Item::record).collect()
    }

    /// The sessions of anybody that were used last.
    async fn newest_sessions(&self, limit: usize) -> Result<Vec<SessionId>, StoreError> {
        let shards: Vec<u8> = (0..keys::SESSION_SHARDS).collect();
        let newest = flow::each(&shards, |shard| async move {
            let range = Range::all(keys::used_partition(*shard)).newest_first().limit(limit);
            self.table.indexed(&range).await
        });
        let mut newest: Vec<(String, Key)> = newest.await?.into_iter().flatten().collect();
        newest.sort_unstable_by(|one, other| other.cmp(one));
        newest.truncate(limit);
        newest.iter().map(|(place, _)| parsed(place.rsplit('#').next().unwrap_or_default())).collect()
    }

    async fn session_records(&self, ids: &[SessionId]) -> Result<Vec<SessionRecord>, StoreError> {
        let wanted: Vec<Key> = ids.iter().map(|id| keys::session(*id)).collect();
        self.table.get_many(&wanted).await?.iter().map(Item::record).collect()
    }

    /// The sessions with the accounts that they are of.
    async fn told(&self, records: &[SessionRecord]) -> Result<Vec<(Session, AccountRecord)>, StoreError> {
        let accounts: HashMap<UserId, AccountRecord> =
            people::accounts(&self.table, records.iter().map(|record| &record.user).collect()).await?;
        let told = records.iter().filter_map(|record| {
            let account = accounts.get(&record.user)?;
            Some((record.session(account), account.clone()))
        });
        Ok(told.collect())
    }

    /// Ends a session where that is so of it, and forgets the devices that belong to it.
    pub(crate) async fn end_session(
        &self,
        id: SessionId,
        is_meant: impl Fn(&SessionRecord) -> bool + Sync,
    ) -> Result<bool, StoreError> {
        let (table, is_meant): (&Table, &(dyn Fn(&SessionRecord) -> bool + Sync)) = (&self.table, &is_meant);
        let attempt = || async move {
            let mut unit = Unit::new(table);
            let record = unit.read::<SessionRecord>(&keys::session(id)).await?;
            let Some(record) = record.filter(|record| is_meant(record)) else { return Ok(Some(false)) };
            let leads = [keys::token(&TokenHash(record.token)), keys::session_of(&record.user, id)];
            unit.fetch(leads.clone()).await?;
            let devices = Range::beginning(keys::user_partition(&record.user), keys::DEVICES_OF);
            let devices: Vec<(String, DeviceRecord)> = unit.range(&devices).await?;
            for (_, device) in devices.iter().filter(|(_, device)| device.session == Some(id)) {
                push::forget(&mut unit, device).await?;
            }
            unit.delete(&keys::session(id));
            leads.iter().for_each(|key| unit.delete(key));
            Ok(unit.commit().await?.then_some(true))
        };
        table.until_settled(attempt).await
    }
}
