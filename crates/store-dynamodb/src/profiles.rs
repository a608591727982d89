//! The ports [`Profiles`] and [`Secrets`].

use async_trait::async_trait;
use chinwag_chat::store::{CommitError, Profiles, Secrets};
use chinwag_chat::{FileId, FilePurpose, Profile, ProfileChange, Refusal, StoreError, User, UserId, erased};

use crate::DynamoStore;
use crate::files;
use crate::item::NewItem;
use crate::keys;
use crate::records::AccountRecord;
use crate::unit::Unit;
use crate::users::{ListedAccount, found_by};

#[async_trait]
impl Profiles for DynamoStore {
    async fn profile(&self, id: &UserId) -> Result<Option<Profile>, StoreError> {
        Ok(self.account_record(id).await?.map(profile))
    }

    async fn change_profile(&self, id: &UserId, change: ProfileChange) -> Result<Profile, CommitError> {
        let (change, table) = (&change, &*self.table);
        let attempt = || async move {
            let mut unit = Unit::new(table);
            let account = unit.read::<AccountRecord>(&keys::account(id)).await?;
            let account = account.filter(|account| !erased::is_nobody(&account.user));
            let mut account = account.ok_or(Refusal::UnknownUser)?;
            if let Some(avatar) = change.avatar
                && avatar != account.user.avatar
            {
                take_picture(&mut unit, id, account.user.avatar, avatar).await?;
                account.user.avatar = avatar;
            }
            if let Some(about) = &change.about {
                account.about.clone_from(about);
            }
            if let Some(display_name) = &change.display_name {
                let before = std::mem::replace(&mut account.user.display_name, display_name.clone());
                let before = User { display_name: before, ..account.user.clone() };
                find_anew(&mut unit, &before, &account.user).await?;
            }
            unit.put(NewItem::of(keys::account(id), &account)?);
            Ok::<_, CommitError>(unit.commit().await?.then(|| profile(account)))
        };
        table.until_settled(attempt).await
    }
}

fn profile(account: AccountRecord) -> Profile {
    Profile { user: account.user, about: account.about }
}

/// Has a user found by what they are called now.
async fn find_anew(unit: &mut Unit<'_>, before: &User, after: &User) -> Result<(), StoreError> {
    let names = found_by(after);
    for text in found_by(before).iter().filter(|text| !names.contains(text)) {
        let key = keys::found_by(text, &after.id);
        unit.fetch([key.clone()]).await?;
        unit.delete(&key);
    }
    for text in names {
        unit.replace(NewItem::of(keys::found_by(&text, &after.id), &after.id)?);
    }
    unit.replace(NewItem::of(keys::listed_account(&after.id), &ListedAccount::of(after))?);
    Ok(())
}

async fn take_picture(
    unit: &mut Unit<'_>,
    id: &UserId,
    before: Option<FileId>,
    after: Option<FileId>,
) -> Result<(), CommitError> {
    if let Some(wanted) = after {
        let file = files::ready(unit, wanted).await?;
        if !file.is_some_and(|file| file.owner == *id && file.purpose == FilePurpose::Avatar) {
            return Err(Refusal::UnknownFile.into());
        }
        files::show(unit, wanted, None).await?;
    }
    if let Some(before) = before {
        files::give_up(unit, before).await?;
    }
    Ok(())
}

#[async_trait]
impl Secrets for DynamoStore {
    async fn secret(&self, name: &str, fresh: [u8; 32]) -> Result<[u8; 32], StoreError> {
        let table = &*self.table;
        let attempt = || async move {
            let mut unit = Unit::new(table);
            let key = keys::secret(name);
            if let Some(kept) = unit.read(&key).await? {
                return Ok(Some(kept));
            }
            unit.put(NewItem::of(key, &fresh)?);
            Ok(unit.commit().await?.then_some(fresh))
        };
        table.until_settled(attempt).await
    }
}
