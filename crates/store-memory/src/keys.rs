//! The port [`Keys`].

use std::ops::Bound;

use async_trait::async_trait;
use chinwag_chat::rules::{may_keep_hooks, may_keep_keys};
use chinwag_chat::store::{CommitError, Keys, Page};
use chinwag_chat::{
    Key, KeyHolder, KeyId, KeyName, KeysOf, NewHolder, NewKey, NewUser, Refusal, StoreError, Timestamp,
    TokenHash, User, UserId,
};

use crate::MemoryStore;
use crate::administration::page;
use crate::tables::{Tables, UserTable};

/// A key.
pub(crate) struct KeyRow {
    hash: TokenHash,
    of: KeysOf,
    /// Who speaks by it.
    user: Option<UserId>,
    name: Option<KeyName>,
    created_at: Timestamp,
    last_used_at: Option<Timestamp>,
}

#[async_trait]
impl Keys for MemoryStore {
    async fn create_key(&self, key: NewKey, by: Option<&UserId>) -> Result<(), CommitError> {
        let mut tables = self.tables.write();
        let of = key.of();
        tables.may_keep(&of, by)?;
        if let NewHolder::Bot(bot) = &key.holder
            && !tables.bots.contains(bot)
        {
            return Err(Refusal::UnknownBot.into());
        }
        if tables.keys.values().filter(|row| row.of == of).count() >= of.most() {
            return Err(of.full().into());
        }
        let note = key.beginning(by);
        let user = match key.holder {
            NewHolder::NewBot(bot) => {
                let id = tables.add_program(bot)?;
                tables.bots.insert(id.clone());
                Some(id)
            }
            NewHolder::Bot(bot) => Some(bot),
            NewHolder::Hook { bot, .. } => Some(tables.add_program(bot)?),
            NewHolder::Server => None,
        };
        let (hash, name, created_at) = (key.hash, key.name, key.created_at);
        tables.keys.insert(key.id, KeyRow { hash, of, user, name, created_at, last_used_at: None });
        tables.audit.push((created_at, note));
        Ok(())
    }

    async fn bots(&self, after: Option<&UserId>, limit: usize) -> Result<Page<User>, StoreError> {
        let tables = self.tables.read();
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let bots = tables.bots.range::<UserId, _>((after, Bound::Unbounded));
        Ok(page(bots.filter_map(|id| tables.user(id).cloned()), limit))
    }

    async fn is_bot(&self, user: &UserId) -> Result<bool, StoreError> {
        Ok(self.tables.read().bots.contains(user))
    }

    async fn keys(&self, of: &KeysOf) -> Result<Vec<Key>, StoreError> {
        let tables = self.tables.read();
        let theirs = tables.keys.iter().filter(|(_, row)| row.of == *of);
        Ok(theirs.filter_map(|(id, row)| tables.key(*id, row)).collect())
    }

    async fn key_by_secret(&self, hash: TokenHash) -> Result<Option<Key>, StoreError> {
        let tables = self.tables.read();
        let found = tables.keys.iter().find(|(_, row)| row.hash == hash);
        Ok(found.filter(|(_, row)| tables.opens(row)).and_then(|(id, row)| tables.key(*id, row)))
    }

    async fn keys_by_id(&self, ids: &[KeyId]) -> Result<Vec<Key>, StoreError> {
        let tables = self.tables.read();
        let found = ids.iter().filter_map(|id| tables.keys.get_key_value(id));
        Ok(found.filter(|(_, row)| tables.opens(row)).filter_map(|(id, row)| tables.key(*id, row)).collect())
    }

    async fn touch_key(&self, id: KeyId, at: Timestamp) -> Result<(), StoreError> {
        if let Some(row) = self.tables.write().keys.get_mut(&id) {
            row.last_used_at = row.last_used_at.max(Some(at));
        }
        Ok(())
    }

    async fn delete_key(
        &self,
        id: KeyId,
        of: &KeysOf,
        by: Option<&UserId>,
        at: Timestamp,
    ) -> Result<Key, CommitError> {
        let mut tables = self.tables.write();
        tables.may_keep(of, by)?;
        let found = tables.keys.get(&id).filter(|row| row.of == *of);
        let key = found.and_then(|row| tables.key(id, row)).ok_or(of.unknown())?;
        tables.keys.remove(&id);
        tables.audit.push((at, key.end(by)));
        Ok(key)
    }
}

impl Tables {
    /// Whether somebody may make and withdraw such keys.
    fn may_keep(&self, of: &KeysOf, by: Option<&UserId>) -> Result<(), Refusal> {
        let standing = by.map(|by| self.users.get(by).map(UserTable::standing).ok_or(Refusal::UnknownUser));
        let standing = standing.transpose()?;
        let KeysOf::Room(room) = of else { return may_keep_keys(standing.as_ref()) };
        let room = self.rooms.get(room).ok_or(Refusal::UnknownRoom)?;
        let Some(by) = standing else { return Ok(()) };
        let member = room.members.get(&by.user.id).filter(|_| !by.is_disabled);
        may_keep_hooks(room.room.kind, member.map(|member| member.role))
    }

    fn add_program(&mut self, bot: NewUser) -> Result<UserId, Refusal> {
        let id = bot.user.id.clone();
        if self.add_user(bot) { Ok(id) } else { Err(Refusal::NameTaken) }
    }

    /// Whoever is erased has no key any more.
    pub(crate) fn forget_keys_of(&mut self, id: &UserId) {
        self.keys.retain(|_, row| row.user.as_ref() != Some(id));
        self.bots.remove(id);
    }

    /// Whether whoever speaks by a key may come in.
    fn opens(&self, row: &KeyRow) -> bool {
        row.user.as_ref().is_none_or(|user| self.is_welcome(user))
    }

    fn key(&self, id: KeyId, row: &KeyRow) -> Option<Key> {
        let user = row.user.as_ref().and_then(|user| self.user(user)).cloned();
        let holder = match (&row.of, user) {
            (KeysOf::Bot(_), Some(bot)) => KeyHolder::Bot(bot),
            (KeysOf::Room(room), Some(bot)) => KeyHolder::Hook { bot, room: *room },
            (KeysOf::Servers, None) => KeyHolder::Server,
            _ => return None,
        };
        let KeyRow { name, created_at, last_used_at, .. } = row;
        Some(Key { id, holder, name: name.clone(), created_at: *created_at, last_used_at: *last_used_at })
    }
}
