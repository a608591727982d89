//! The port [`Users`]: accounts.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chinwag_chat::search::fold;
use chinwag_chat::store::{CommitError, Users};
use chinwag_chat::{NewUser, PasswordHash, Refusal, StoreError, User, UserId, UserName};
use serde::{Deserialize, Serialize};

use crate::DynamoStore;
use crate::item::NewItem;
use crate::keys;
use crate::people;
use crate::records::AccountRecord;
use crate::table::Range;
use crate::unit::Unit;

/// How many names are looked at for one search: more people than that under one beginning are found by a longer one.
const MAX_LOOKED_AT: usize = 1_000;

/// An account as it is listed: what it is found by.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ListedAccount {
    pub(crate) id: UserId,
    pub(crate) found_by: [String; 2],
}

impl ListedAccount {
    pub(crate) fn of(user: &User) -> Self {
        Self { id: user.id.clone(), found_by: found_by(user) }
    }
}

/// What a user is found by, whatever the case.
pub(crate) fn found_by(user: &User) -> [String; 2] {
    [user.name.as_str().to_owned(), fold(user.display_name.as_str())]
}

/// Adds an account; false where its name or id is somebody's.
pub(crate) async fn add(unit: &mut Unit<'_>, new: &NewUser) -> Result<bool, StoreError> {
    let NewUser { user, password, created_at } = new;
    let (account, name) = (keys::account(&user.id), keys::name(&user.name));
    unit.fetch([account.clone(), name.clone()]).await?;
    if unit.has(&account).await? || unit.has(&name).await? {
        return Ok(false);
    }
    let record = AccountRecord::new(user.clone(), password.as_ref(), *created_at);
    unit.put(NewItem::of(account, &record)?);
    unit.put(NewItem::of(name, &user.id)?);
    unit.replace(NewItem::of(keys::listed_account(&user.id), &ListedAccount::of(user))?);
    unit.replace(NewItem::of(keys::aged_account(&user.id, *created_at), &user.id)?);
    for text in found_by(user) {
        unit.replace(NewItem::of(keys::found_by(&text, &user.id), &user.id)?);
    }
    Ok(true)
}

#[async_trait]
impl Users for DynamoStore {
    async fn create_user(&self, user: NewUser) -> Result<(), CommitError> {
        let (user, table) = (&user, &*self.table);
        let attempt = || async move {
            let mut unit = Unit::new(table);
            if !add(&mut unit, user).await? {
                return Err(CommitError::from(Refusal::NameTaken));
            }
            Ok(unit.commit().await?.then_some(()))
        };
        table.until_settled(attempt).await
    }

    async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        Ok(self.account_record(id).await?.map(|account| account.user))
    }

    async fn user_by_name(
        &self,
        name: &UserName,
    ) -> Result<Option<(User, Option<PasswordHash>)>, StoreError> {
        let Some(item) = self.table.get(&keys::name(name)).await? else { return Ok(None) };
        let account = self.account_record(&item.record()?).await?;
        Ok(account.map(|account| (account.user.clone(), account.password())))
    }

    async fn find_users(&self, query: &str, limit: usize) -> Result<Vec<User>, StoreError> {
        let range = Range::beginning(keys::FOUND_BY, &fold(query)).limit(MAX_LOOKED_AT);
        let found = self.table.range(&range).await?;
        let ids: Vec<UserId> = found.iter().map(crate::item::Item::record).collect::<Result<_, _>>()?;
        let known = people::accounts(&self.table, ids.iter().collect()).await?;
        // Each once, by name.
        let by_name: BTreeMap<UserName, User> =
            known.into_values().map(|account| (account.user.name.clone(), account.user)).collect();
        Ok(by_name.into_values().take(limit).collect())
    }
}

impl DynamoStore {
    pub(crate) async fn account_record(&self, id: &UserId) -> Result<Option<AccountRecord>, StoreError> {
        self.table.get(&keys::account(id)).await?.map(|item| item.record()).transpose()
    }
}
