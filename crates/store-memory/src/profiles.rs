//! The ports [`Profiles`] and [`Secrets`].

use async_trait::async_trait;
use chinwag_chat::search::fold;
use chinwag_chat::store::{CommitError, Profiles, Secrets};
use chinwag_chat::{FileId, FilePurpose, Profile, ProfileChange, Refusal, StoreError, UserId, erased};

use crate::MemoryStore;
use crate::files::FileTable;
use crate::tables::Tables;

#[async_trait]
impl Profiles for MemoryStore {
    async fn profile(&self, id: &UserId) -> Result<Option<Profile>, StoreError> {
        Ok(profile(&self.tables.read(), id))
    }

    async fn change_profile(&self, id: &UserId, change: ProfileChange) -> Result<Profile, CommitError> {
        let mut tables = self.tables.write();
        let before = profile(&tables, id).filter(|profile| !erased::is_nobody(&profile.user));
        let before = before.ok_or(Refusal::UnknownUser)?;
        if let Some(avatar) = change.avatar
            && avatar != before.user.avatar
        {
            take_picture(&mut tables, id, before.user.avatar, avatar)?;
        }
        let Some(table) = tables.users.get_mut(id) else { return Err(Refusal::UnknownUser.into()) };
        if let Some(avatar) = change.avatar {
            table.user.avatar = avatar;
        }
        if let Some(about) = change.about {
            table.about = about;
        }
        if let Some(display_name) = change.display_name {
            table.user.display_name = display_name;
        }
        let after = Profile { user: table.user.clone(), about: table.about.clone() };
        let found_by = fold(before.user.display_name.as_str());
        // The name to sign in with may read the same.
        if found_by != before.user.name.as_str() {
            tables.found_by.remove(&(found_by, id.clone()));
        }
        tables.found_by.insert((fold(after.user.display_name.as_str()), id.clone()));
        Ok(after)
    }
}

fn profile(tables: &Tables, id: &UserId) -> Option<Profile> {
    let table = tables.users.get(id)?;
    Some(Profile { user: table.user.clone(), about: table.about.clone() })
}

fn take_picture(
    tables: &mut Tables,
    id: &UserId,
    before: Option<FileId>,
    after: Option<FileId>,
) -> Result<(), Refusal> {
    if let Some(wanted) = after {
        let file = tables.file(wanted);
        if !file.is_some_and(|file| file.owner == *id && file.purpose == FilePurpose::Avatar) {
            return Err(Refusal::UnknownFile);
        }
        if let Some(table) = tables.files.get_mut(&wanted) {
            table.show(None);
        }
    }
    if let Some(table) = before.and_then(|before| tables.files.get_mut(&before)) {
        FileTable::give_up(table);
    }
    Ok(())
}

#[async_trait]
impl Secrets for MemoryStore {
    async fn secret(&self, name: &str, fresh: [u8; 32]) -> Result<[u8; 32], StoreError> {
        Ok(*self.tables.write().secrets.entry(name.to_owned()).or_insert(fresh))
    }
}
