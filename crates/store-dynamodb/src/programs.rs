//! The port [`Keys`]: programs, and what they prove themselves with.

use std::collections::HashMap;

use async_trait::async_trait;
use chinwag_chat::rules::{may_keep_hooks, may_keep_keys};
use chinwag_chat::store::{CommitError, Keys, Page};
use chinwag_chat::{
    Key, KeyHolder, KeyId, KeyName, KeysOf, NewHolder, NewKey, NewUser, Refusal, RoomId, StoreError,
    Timestamp, TokenHash, User, UserId,
};
use serde::{Deserialize, Serialize};

use crate::DynamoStore;
use crate::audit;
use crate::item::{Item, NewItem};
use crate::keys;
use crate::page;
use crate::people;
use crate::records::{AccountRecord, MemberRecord, RoomRecord};
use crate::table::Range;
use crate::unit::Unit;
use crate::users;

/// A key.
#[derive(Clone, Serialize, Deserialize)]
struct KeyRecord {
    id: KeyId,
    hash: [u8; 32],
    of: Whose,
    /// Who speaks by it.
    user: Option<UserId>,
    name: Option<String>,
    created_at: Timestamp,
    last_used_at: Option<Timestamp>,
}

/// Whose key it is, as it is kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Whose {
    Bot(UserId),
    Servers,
    Room(RoomId),
}

impl Whose {
    fn of(of: &KeysOf) -> Self {
        match of {
            KeysOf::Bot(bot) => Self::Bot(bot.clone()),
            KeysOf::Servers => Self::Servers,
            KeysOf::Room(room) => Self::Room(*room),
        }
    }

    fn keys(&self) -> KeysOf {
        match self {
            Self::Bot(bot) => KeysOf::Bot(bot.clone()),
            Self::Servers => KeysOf::Servers,
            Self::Room(room) => KeysOf::Room(*room),
        }
    }
}

impl KeyRecord {
    /// The key, with whoever speaks by it.
    fn key(self, user: Option<User>) -> Result<Option<Key>, StoreError> {
        let Self { id, of, name, created_at, last_used_at, .. } = self;
        let holder = match (of, user) {
            (Whose::Bot(_), Some(bot)) => KeyHolder::Bot(bot),
            (Whose::Room(room), Some(bot)) => KeyHolder::Hook { bot, room },
            (Whose::Servers, None) => KeyHolder::Server,
            _ => return Ok(None),
        };
        let name = name.map(|name| name.parse::<KeyName>()).transpose();
        let name = name.map_err(|error| StoreError::Corrupt(error.to_string()))?;
        Ok(Some(Key { id, holder, name, created_at, last_used_at }))
    }
}

/// Forgets a key.
pub(crate) async fn forget(unit: &mut Unit<'_>, id: KeyId) -> Result<(), StoreError> {
    let key = keys::program_key(id);
    let Some(record) = unit.read::<KeyRecord>(&key).await? else { return Ok(()) };
    let secret = keys::program_secret(&TokenHash(record.hash));
    let lead = record.user.as_ref().map(|user| keys::key_of(user, id));
    unit.fetch([secret.clone()].into_iter().chain(lead.clone())).await?;
    for key in [key, secret].iter().chain(&lead) {
        unit.delete(key);
    }
    let list = keys::program_keys(&record.of.keys());
    let mut ids: Vec<KeyId> = unit.read(&list).await?.unwrap_or_default();
    ids.retain(|other| *other != id);
    unit.put(NewItem::of(list, &ids)?);
    Ok(())
}

#[async_trait]
impl Keys for DynamoStore {
    async fn create_key(&self, key: NewKey, by: Option<&UserId>) -> Result<(), CommitError> {
        let (key, table) = (&key, &*self.table);
        let attempt = || async move {
            let mut unit = Unit::new(table);
            create(&mut unit, key, by).await?;
            Ok::<_, CommitError>(unit.commit().await?.then_some(()))
        };
        table.until_settled(attempt).await
    }

    async fn bots(&self, after: Option<&UserId>, limit: usize) -> Result<Page<User>, StoreError> {
        let mut range = Range::all(keys::BOTS).limit(limit.saturating_add(1));
        if let Some(after) = after {
            range = range.after(after.as_str());
        }
        let found = self.table.range(&range).await?;
        let ids: Vec<UserId> = found.iter().map(Item::record).collect::<Result<_, _>>()?;
        let Page { items, has_more } = page::of(ids, limit);
        Ok(Page { items: people::users(&self.table, &items).await?, has_more })
    }

    async fn is_bot(&self, user: &UserId) -> Result<bool, StoreError> {
        Ok(self.table.get(&keys::bot(user)).await?.is_some())
    }

    async fn keys(&self, of: &KeysOf) -> Result<Vec<Key>, StoreError> {
        let ids = self.table.get(&keys::program_keys(of)).await?;
        let ids: Vec<KeyId> = ids.map_or(Ok(vec![]), |item| item.record())?;
        self.program_keys(&ids, |_| true).await
    }

    async fn key_by_secret(&self, hash: TokenHash) -> Result<Option<Key>, StoreError> {
        match self.table.get(&keys::program_secret(&hash)).await? {
            Some(lead) => Ok(self.keys_by_id(&[lead.record()?]).await?.pop()),
            None => Ok(None),
        }
    }

    async fn keys_by_id(&self, ids: &[KeyId]) -> Result<Vec<Key>, StoreError> {
        self.program_keys(ids, |account| !account.is_disabled).await
    }

    async fn touch_key(&self, id: KeyId, at: Timestamp) -> Result<(), StoreError> {
        let table = &*self.table;
        let attempt = || async move {
            let mut unit = Unit::new(table);
            let key = keys::program_key(id);
            if let Some(mut record) = unit.read::<KeyRecord>(&key).await?
                && record.last_used_at < Some(at)
            {
                record.last_used_at = Some(at);
                unit.put(NewItem::of(key, &record)?);
            }
            Ok(unit.commit().await?.then_some(()))
        };
        table.until_settled(attempt).await
    }

    async fn delete_key(
        &self,
        id: KeyId,
        of: &KeysOf,
        by: Option<&UserId>,
        at: Timestamp,
    ) -> Result<Key, CommitError> {
        let table = &*self.table;
        let attempt = || async move {
            let mut unit = Unit::new(table);
            may_keep(&mut unit, of, by).await?;
            let record = unit.read::<KeyRecord>(&keys::program_key(id)).await?;
            let record = record.filter(|record| record.of == Whose::of(of)).ok_or_else(|| of.unknown())?;
            let mut user = None;
            if let Some(id) = &record.user {
                user = unit.read::<AccountRecord>(&keys::account(id)).await?.map(|account| account.user);
            }
            let key = record.key(user)?.ok_or_else(|| of.unknown())?;
            forget(&mut unit, id).await?;
            audit::note(&mut unit, &key.end(by), at).await?;
            Ok::<_, CommitError>(unit.commit().await?.then_some(key))
        };
        table.until_settled(attempt).await
    }
}

async fn create(unit: &mut Unit<'_>, key: &NewKey, by: Option<&UserId>) -> Result<(), CommitError> {
    let of = key.of();
    may_keep(unit, &of, by).await?;
    if let NewHolder::Bot(bot) = &key.holder {
        if !unit.has(&keys::bot(bot)).await? {
            return Err(Refusal::UnknownBot.into());
        }
        unit.pin(keys::bot(bot));
    }
    let list = keys::program_keys(&of);
    let mut ids: Vec<KeyId> = unit.read(&list).await?.unwrap_or_default();
    if ids.len() >= of.most() {
        return Err(of.full().into());
    }
    ids.push(key.id);
    ids.sort_unstable();
    unit.put(NewItem::of(list, &ids)?);
    let user = match &key.holder {
        NewHolder::NewBot(bot) => {
            add_program(unit, bot).await?;
            unit.replace(NewItem::of(keys::bot(&bot.user.id), &bot.user.id)?);
            Some(bot.user.id.clone())
        }
        NewHolder::Bot(bot) => Some(bot.clone()),
        NewHolder::Hook { bot, .. } => {
            add_program(unit, bot).await?;
            Some(bot.user.id.clone())
        }
        NewHolder::Server => None,
    };
    if let Some(user) = &user {
        unit.replace(NewItem::bare(keys::key_of(user, key.id)));
    }
    unit.put(NewItem::of(keys::program_secret(&key.hash), &key.id)?);
    let record = KeyRecord {
        id: key.id,
        hash: key.hash.0,
        of: Whose::of(&of),
        user,
        name: key.name.as_ref().map(|name| name.as_str().to_owned()),
        created_at: key.created_at,
        last_used_at: None,
    };
    unit.put(NewItem::of(keys::program_key(key.id), &record)?);
    Ok(audit::note(unit, &key.beginning(by), key.created_at).await?)
}

async fn add_program(unit: &mut Unit<'_>, bot: &NewUser) -> Result<(), CommitError> {
    if users::add(unit, bot).await? { Ok(()) } else { Err(Refusal::NameTaken.into()) }
}

/// Whether somebody may make and withdraw such keys.
async fn may_keep(unit: &mut Unit<'_>, of: &KeysOf, by: Option<&UserId>) -> Result<(), CommitError> {
    let mut standing = None;
    if let Some(by) = by {
        let account = unit.read::<AccountRecord>(&keys::account(by)).await?;
        standing = Some(account.ok_or(Refusal::UnknownUser)?.standing());
        unit.pin(keys::account(by));
    }
    let KeysOf::Room(room) = of else { return Ok(may_keep_keys(standing.as_ref())?) };
    let record = unit.read::<RoomRecord>(&keys::room(*room)).await?;
    let record = record.ok_or(Refusal::UnknownRoom)?;
    let Some(by) = standing else { return Ok(()) };
    let key = keys::member(*room, &by.user.id);
    let member = unit.read::<MemberRecord>(&key).await?.filter(|_| !by.is_disabled);
    unit.pin(key);
    Ok(may_keep_hooks(record.kind, member.map(|member| member.role))?)
}

impl DynamoStore {
    /// Those of the keys that there are, the oldest first, as far as that is so of who speaks by them.
    async fn program_keys(
        &self,
        ids: &[KeyId],
        may_speak: impl Fn(&AccountRecord) -> bool + Send + Sync,
    ) -> Result<Vec<Key>, StoreError> {
        let wanted: Vec<crate::item::Key> = ids.iter().map(|id| keys::program_key(*id)).collect();
        let found = self.table.get_many(&wanted).await?;
        let mut records: Vec<KeyRecord> = found.iter().map(Item::record).collect::<Result<_, _>>()?;
        records.sort_unstable_by_key(|record| record.id);
        let users: Vec<&UserId> = records.iter().filter_map(|record| record.user.as_ref()).collect();
        let accounts: HashMap<UserId, AccountRecord> = people::accounts(&self.table, users).await?;
        let mut keys = Vec::with_capacity(records.len());
        for record in records {
            let account = record.user.as_ref().and_then(|user| accounts.get(user));
            if account.is_none_or(&may_speak) {
                let user = account.map(|account| account.user.clone());
                keys.extend(record.key(user)?);
            }
        }
        Ok(keys)
    }
}
