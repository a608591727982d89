//! The port [`Profiles`]: what people say of themselves.

use async_trait::async_trait;
use chinwag_chat::search::fold;
use chinwag_chat::store::{CommitError, Profiles};
use chinwag_chat::{
    About, DisplayName, FileId, FilePurpose, Profile, ProfileChange, Refusal, StoreError, UserId, erased,
};
use rusqlite::{Connection, params};

use crate::SqliteStore;
use crate::fault::Fault;
use crate::fields::Fields;
use crate::files;
use crate::query::one;

const PROFILE: &str = "SELECT id, name, display_name, avatar, bot, about FROM users WHERE id = ?1";

#[async_trait]
impl Profiles for SqliteStore {
    async fn profile(&self, id: &UserId) -> Result<Option<Profile>, StoreError> {
        let id = id.clone();
        self.readers.read(move |connection| profile(connection, &id)).await
    }

    async fn change_profile(&self, id: &UserId, change: ProfileChange) -> Result<Profile, CommitError> {
        let id = id.clone();
        let changed = self.writer.write(move |transaction| changed(transaction, &id, &change));
        Ok(changed.await??)
    }
}

fn profile(connection: &Connection, id: &UserId) -> Result<Option<Profile>, Fault> {
    one(connection, PROFILE, params![id.as_str()], |mut fields: Fields<'_>| {
        Ok(Profile { user: fields.user()?, about: fields.optional_text()?.map(About::from_stored) })
    })
}

fn changed(
    transaction: &Connection,
    id: &UserId,
    change: &ProfileChange,
) -> Result<Result<Profile, Refusal>, Fault> {
    let Some(Profile { mut user, mut about }) = profile(transaction, id)? else {
        return Ok(Err(Refusal::UnknownUser));
    };
    if erased::is_nobody(&user) {
        return Ok(Err(Refusal::UnknownUser));
    }
    if let Some(avatar) = change.avatar
        && avatar != user.avatar
    {
        if let Some(wanted) = avatar {
            let file = files::file(transaction, wanted)?;
            if !file.is_some_and(|file| file.owner == *id && file.purpose == FilePurpose::Avatar) {
                return Ok(Err(Refusal::UnknownFile));
            }
            execute(transaction, "UPDATE files SET due_at = NULL WHERE id = ?1", wanted)?;
        }
        if let Some(before) = user.avatar {
            execute(transaction, "UPDATE files SET ready = 0, size = 0, due_at = 0 WHERE id = ?1", before)?;
        }
        user.avatar = avatar;
    }
    if let Some(display_name) = &change.display_name {
        user.display_name = DisplayName::clone(display_name);
    }
    if let Some(said) = &change.about {
        about.clone_from(said);
    }
    transaction
        .prepare_cached(
            "UPDATE users SET display_name = ?2, display_folded = ?3, about = ?4, avatar = ?5 WHERE id = ?1",
        )?
        .execute(params![
            id.as_str(),
            user.display_name.as_str(),
            fold(user.display_name.as_str()),
            about.as_ref().map(About::as_str),
            user.avatar.map(FileId::to_bytes),
        ])?;
    Ok(Ok(Profile { user, about }))
}

fn execute(transaction: &Connection, sql: &str, file: FileId) -> Result<(), Fault> {
    transaction.prepare_cached(sql)?.execute(params![file.to_bytes()])?;
    Ok(())
}
