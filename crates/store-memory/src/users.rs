//! The port [`Users`]: accounts.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use chinwag_chat::search::{beginning_with, fold};
use chinwag_chat::store::{CommitError, Users};
use chinwag_chat::{NewUser, PasswordHash, Refusal, StoreError, User, UserId, UserName};

use crate::MemoryStore;
use crate::tables::UserTable;

#[async_trait]
impl Users for MemoryStore {
    async fn create_user(&self, user: NewUser) -> Result<(), CommitError> {
        let NewUser { user, password, .. } = user;
        let mut tables = self.tables.write();
        if tables.users.contains_key(&user.id) || tables.by_name.contains_key(&user.name) {
            return Err(Refusal::NameTaken.into());
        }
        tables.by_name.insert(user.name.clone(), user.id.clone());
        tables.found_by.insert((user.name.as_str().to_owned(), user.id.clone()));
        tables.found_by.insert((fold(user.display_name.as_str()), user.id.clone()));
        let id = user.id.clone();
        tables.users.insert(id, UserTable { user, password, rooms: BTreeSet::new(), log: Vec::new() });
        Ok(())
    }

    async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        Ok(self.tables.read().user(id).cloned())
    }

    async fn user_by_name(
        &self,
        name: &UserName,
    ) -> Result<Option<(User, Option<PasswordHash>)>, StoreError> {
        let tables = self.tables.read();
        let found = tables.by_name.get(name).and_then(|id| tables.users.get(id));
        Ok(found.map(|table| (table.user.clone(), table.password.clone())))
    }

    async fn find_users(&self, query: &str, limit: usize) -> Result<Vec<User>, StoreError> {
        let tables = self.tables.read();
        let (first, end) = beginning_with(&fold(query));
        let found = tables.found_by.iter().skip_while(|(text, _)| *text < first);
        let found = found.take_while(|(text, _)| *text < end).filter_map(|(_, id)| tables.user(id));
        // Each once, by name.
        let by_name: BTreeMap<&UserName, &User> = found.map(|user| (&user.name, user)).collect();
        Ok(by_name.into_values().take(limit).cloned().collect())
    }
}
