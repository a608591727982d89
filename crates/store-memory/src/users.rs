//! The port [`Users`]: accounts.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use chinwag_chat::search::{beginning_with, fold};
use chinwag_chat::store::{CommitError, Users};
use chinwag_chat::{NewUser, PasswordHash, Refusal, Rev, StoreError, User, UserId, UserName};

use crate::MemoryStore;
use crate::tables::{Tables, UserTable};

#[async_trait]
impl Users for MemoryStore {
    async fn create_user(&self, user: NewUser) -> Result<(), CommitError> {
        if self.tables.write().add_user(user) { Ok(()) } else { Err(Refusal::NameTaken.into()) }
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

impl Tables {
    /// Adds an account; false where its name or id is somebody's.
    pub(crate) fn add_user(&mut self, user: NewUser) -> bool {
        let NewUser { user, password, created_at } = user;
        if self.users.contains_key(&user.id) || self.by_name.contains_key(&user.name) {
            return false;
        }
        self.by_name.insert(user.name.clone(), user.id.clone());
        self.found_by.insert((user.name.as_str().to_owned(), user.id.clone()));
        self.found_by.insert((fold(user.display_name.as_str()), user.id.clone()));
        let id = user.id.clone();
        let (rooms, log) = (BTreeSet::new(), Vec::new());
        let table = UserTable {
            user,
            about: None,
            password,
            created_at,
            is_admin: false,
            is_disabled: false,
            rooms,
            trimmed_rev: Rev::ZERO,
            log,
        };
        self.users.insert(id, table);
        true
    }
}
